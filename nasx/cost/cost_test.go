package cost_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/space"
)

func ExampleChild() {
	count, err := cost.Child(space.DARTSV2(), cost.CIFAR10Child())
	fmt.Println(count.Params, err)
	// Output: 3349342 <nil>
}

// The counts of DARTS' search network and children are those that its public
// code prints; the others come from an independent count of the same cells.
func TestPublishedParameterCounts(t *testing.T) {
	pools := cost.CIFAR10Child()
	pools.PoolNorms = true
	for _, tc := range []struct {
		name     string
		genotype space.Genotype
		net      cost.Net
		want     int64
	}{
		{"DARTS first order", space.DARTSV1(), cost.CIFAR10Child(), 3_169_414},
		{"DARTS second order", space.DARTSV2(), cost.CIFAR10Child(), 3_349_342},
		{"SNAS mild", space.SNASMild(), cost.CIFAR10Child(), 2_661_382},
		{"SNAS moderate", space.SNASModerate(), cost.CIFAR10Child(), 2_847_358},
		{"SNAS aggressive", space.SNASAggressive(), cost.CIFAR10Child(), 2_313_622},
		{"SNAS mild, pools normalised", space.SNASMild(), pools, 2_663_542},
		{"SNAS moderate, pools normalised", space.SNASModerate(), pools, 2_848_222},
		{"SNAS aggressive, pools normalised", space.SNASAggressive(), pools, 2_313_622},
		{"SNAS mild, ImageNet", space.SNASMild(), cost.ImageNetChild(), 3_939_328},
		{"SNAS moderate, ImageNet", space.SNASModerate(), cost.ImageNetChild(), 4_312_576},
	} {
		got, err := cost.Child(tc.genotype, tc.net)
		if err != nil || got.Params != tc.want {
			t.Errorf("%s: got %d parameters, %v, want %d", tc.name, got.Params, err, tc.want)
		}
	}
}

func TestSearchNetworkOfDARTSHas1930618Parameters(t *testing.T) {
	got, err := cost.Search(space.Cells{Nodes: 4, Ops: space.DefaultOps()}, cost.CIFAR10Search())
	if err != nil || got.Params != 1_930_618 {
		t.Errorf("got %d parameters, %v, want 1930618", got.Params, err)
	}
}

// By hand: 4×4 grey images, one normal cell of one node, two channels, three
// classes, both inputs through sep_conv_3x3, nothing affine but the stem.
//
//	stem        9·1·6 = 54 weights, 54·16 = 864 multiply-adds, 2·6 gains and offsets
//	preprocess  2·6·2 = 24 weights, 24·16 = 384
//	two edges   2·2(9·2 + 2·2) = 88 weights, 88·16 = 1408
//	classifier  2·3 weights + 3, 6 multiply-adds
func TestChildCountedByHand(t *testing.T) {
	g := space.Genotype{
		Space: space.NameDARTS, Edges: space.EdgesTop2,
		Normal: []space.Link{{Op: space.OpSep3, From: 0}, {Op: space.OpSep3, From: 1}}, NormalConcat: []int{2},
		Reduce: []space.Link{{Op: space.OpSep3, From: 0}, {Op: space.OpSep3, From: 1}}, ReduceConcat: []int{2},
	}
	got, err := cost.Child(g, cost.Net{
		Cells: 1, Channels: 2, Stem: 6, Height: 4, Width: 4, InputChannels: 1, Classes: 3,
	})
	want := cost.Count{Params: 54 + 12 + 24 + 88 + 9, FLOPs: 864 + 384 + 1408 + 6, MAC: 2 * (16*8*2 + 44)}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// The table of the resource constraint at C = 4 and y² = 9, each entry worked
// out by hand from its formula.
func TestOpTable(t *testing.T) {
	for _, tc := range []struct {
		op     string
		stride int
		want   cost.Count
	}{
		{space.OpNone, 1, cost.Count{}},
		{space.OpNone, 2, cost.Count{}},
		{space.OpSkip, 1, cost.Count{MAC: 72}},
		{space.OpSkip, 2, cost.Count{Params: 16, FLOPs: 144, MAC: 2*9*(16+2) + 16}},
		{space.OpMaxPool, 1, cost.Count{FLOPs: 324, MAC: 72}},
		{space.OpAvgPool, 2, cost.Count{FLOPs: 324, MAC: 180}},
		{space.OpDil3, 1, cost.Count{Params: 52, FLOPs: 468, MAC: 9*(12+4) + 52}},
		{space.OpDil5, 2, cost.Count{Params: 116, FLOPs: 1044, MAC: 9*(24+4) + 116}},
		{space.OpSep3, 1, cost.Count{Params: 104, FLOPs: 936, MAC: 9*(28+4) + 104}},
		{space.OpSep5, 2, cost.Count{Params: 232, FLOPs: 2088, MAC: 9*(40+4) + 232}},
	} {
		got, err := cost.Op(tc.op, 4, 9, tc.stride)
		if err != nil || got != tc.want {
			t.Errorf("%s, stride %d: got %+v, %v, want %+v", tc.op, tc.stride, got, err, tc.want)
		}
	}
}

func TestOutsideValuesAreRefusedInASentence(t *testing.T) {
	cells := space.Cells{Nodes: 2, Ops: space.DefaultOps()}
	bad := cost.CIFAR10Child()
	bad.Reductions = []int{3, 3}
	huge := cost.CIFAR10Child()
	huge.Cells = 1 << 40
	for name, got := range map[string]error{
		"unknown operation":    errorOf(cost.Op("conv_7x1", 4, 9, 1)),
		"odd channels":         errorOf(cost.Op(space.OpSkip, 3, 9, 2)),
		"stride 3":             errorOf(cost.Op(space.OpSkip, 4, 9, 3)),
		"reduction twice":      errorOf(cost.Child(space.DARTSV2(), bad)),
		"too many cells":       errorOf(cost.Search(cells, huge)),
		"no genotype":          errorOf(cost.Child(space.Genotype{}, cost.CIFAR10Child())),
		"unknown penalty":      errorOf(cost.NewPenalty("cubic", 1, cells, cost.CIFAR10Search())),
		"ratio is not finite":  errorOf(cost.NewPenalty(cost.Log, math.NaN(), cells, cost.CIFAR10Search())),
		"no repetitions":       errorOf(cost.Latency(func() error { return nil }, 0)),
		"nothing to measure":   errorOf(cost.Latency(nil, 3)),
		"what measured failed": errorOf(cost.Latency(func() error { return errors.New("broken") }, 3)),
	} {
		if got == nil || !strings.HasPrefix(got.Error(), "cost: ") && !strings.HasPrefix(got.Error(), "space: ") {
			t.Errorf("%s: got %v, want one sentence that names the package", name, got)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

func TestLatencyRunsOnceMoreThanItMeasures(t *testing.T) {
	runs := 0
	got, err := cost.Latency(func() error { runs++; return nil }, 4)
	if err != nil || runs != 5 || got.Repeated != 4 || !(got.Fastest <= got.Seconds && got.Seconds <= got.Slowest) {
		t.Errorf("got %+v, %v after %d runs, want 4 measured and 5 runs", got, err, runs)
	}
}

// digits is the geometry of the preset of this project.
var digits = cost.Net{
	Cells: 3, Channels: 8, Stem: 16, Reductions: []int{1},
	Height: 8, Width: 8, InputChannels: 1, Classes: 10,
}

// choices draws rows that sum to 1.
func choices(seed uint64, rows, columns int) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	z := make([][]float64, rows)
	for d := range z {
		z[d] = make([]float64, columns)
		sum := 0.0
		for k := range z[d] {
			z[d][k] = rng.ExpFloat64()
			sum += z[d][k]
		}
		for k := range z[d] {
			z[d][k] /= sum
		}
	}
	return z
}

func TestPenaltyGradientMatchesCentralDifferences(t *testing.T) {
	cells := space.Cells{Nodes: 2, Ops: space.DefaultOps()}
	for _, form := range []string{cost.Linear, cost.Log} {
		p, err := cost.NewPenalty(form, 0.7, cells, digits)
		if err != nil {
			t.Fatal(err)
		}
		z := choices(3, 10, 8)
		price, err := p.At(z)
		if err != nil {
			t.Fatal(err)
		}
		const h = 1e-6
		for d := range z {
			for k := range z[d] {
				at := z[d][k]
				z[d][k] = at + h
				plus, _ := p.At(z)
				z[d][k] = at - h
				minus, _ := p.At(z)
				z[d][k] = at
				got, want := price.Grad[d][k], (plus.Total-minus.Total)/(2*h)
				if !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
					t.Errorf("%s: ∂/∂z[%d][%d]: got %g, want %g", form, d, k, got, want)
				}
			}
		}
	}
}

// With every edge at one operation both forms can be priced by hand from the
// table: the digits network has two normal cells, of 8 channels on 8×8 and 16
// on 4×4 pixels, and one reduction cell of 16 channels on 4×4.
func TestPenaltyOfAvgPoolsByHand(t *testing.T) {
	cells := space.Cells{Nodes: 1, Ops: space.DefaultOps()}
	z := make([][]float64, 4)
	for d := range z {
		z[d] = make([]float64, 8)
		z[d][cells.Op(space.OpAvgPool)] = 1
	}
	linear := func(flops, mac float64) float64 { return 0.43 * (flops/4000 + mac/100) }
	logs := func(flops, mac float64) float64 { return (math.Log(flops) + math.Log(mac)) / 3 } // no parameters: ln 1
	for form, price := range map[string]func(flops, mac float64) float64{cost.Linear: linear, cost.Log: logs} {
		p, err := cost.NewPenalty(form, 0.5, cells, digits)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.At(z)
		// two edges per cell
		want := 2*(price(9*64*8, 2*64*8)+price(9*16*16, 2*16*16))/2 + 0.5*2*price(9*16*16, 5*16*16)
		if err != nil || !(math.Abs(got.Total-want) <= 1e-12*want) {
			t.Errorf("%s: got %g, %v, want %g", form, got.Total, err, want)
		}
	}
}

func TestNoneCostsNothing(t *testing.T) {
	cells := space.Cells{Nodes: 2, Ops: space.DefaultOps()}
	for _, form := range []string{cost.Linear, cost.Log} {
		p, err := cost.NewPenalty(form, 1, cells, digits)
		if err != nil {
			t.Fatal(err)
		}
		price, err := p.At(space.OneHot(cells.Decisions(), make(space.Arch, 10)))
		if err != nil || price.Total != 0 {
			t.Errorf("%s: got %g, %v, want exactly 0", form, price.Total, err)
		}
	}
}

func TestPenaltyRefusesChoicesOfAnotherSpace(t *testing.T) {
	p, err := cost.NewPenalty(cost.Log, 1, space.Cells{Nodes: 2, Ops: space.DefaultOps()}, digits)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.At(choices(1, 10, 7)); err == nil {
		t.Error("seven choices of eight operations: got no error")
	}
	if _, err := p.At(choices(1, 4, 8)); err == nil {
		t.Error("four rows for ten decisions: got no error")
	}
}
