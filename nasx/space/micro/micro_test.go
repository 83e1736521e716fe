package micro_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
)

// The published cells, worked by hand: the normal cell uses only its inputs, so
// all five nodes are loose; the reduction cell uses 0, 1 and 3.
func TestPublishedCellsByHand(t *testing.T) {
	s := micro.Default()
	arch, err := s.Parse(micro.Published())
	if err != nil {
		t.Fatal(err)
	}
	normal, reduce, err := s.Cells(arch)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 3, 4, 5, 6}, micro.LooseEnds(normal)); diff != "" {
		t.Errorf("loose ends of the normal cell (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 4, 5, 6}, micro.LooseEnds(reduce)); diff != "" {
		t.Errorf("loose ends of the reduction cell (-want +got):\n%s", diff)
	}
	// Third block of the reduction cell, "1 1 3 1": operation 1 on nodes 1 and 3.
	if want := (micro.Block{In: [2]int{1, 3}, Op: [2]int{1, 1}}); reduce[2] != want {
		t.Errorf("block is %+v, want %+v", reduce[2], want)
	}
	if diff := cmp.Diff(space.Arch{1, 3, 1, 1}, arch[20+8:20+12]); diff != "" {
		t.Errorf("its decisions, indices before operations (-want +got):\n%s", diff)
	}
}

// A cell whose blocks use one another and never an input: both inputs are loose.
func TestUnusedInputsAreLooseEnds(t *testing.T) {
	cell := []micro.Block{{In: [2]int{1, 1}}, {In: [2]int{2, 2}}, {In: [2]int{3, 2}}}
	if diff := cmp.Diff([]int{0, 4}, micro.LooseEnds(cell)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSizeOfTheSpace(t *testing.T) {
	s := micro.Default()
	if got, want := s.LogSize(), 2*2*(math.Log(720)+5*math.Log(5)); !(math.Abs(got-want) < 1e-12) {
		t.Errorf("logarithm of the size is %g, want %g", got, want)
	}
	size := 1.0
	for _, d := range s.Decisions() {
		size *= float64(len(d.Choices))
	}
	if want := math.Pow(5.06e12, 2); !(math.Abs(size-want) < 0.01*want) {
		t.Errorf("the decisions span %g architectures, want %g", size, want)
	}
	if got := len(s.Decisions()); got != 40 {
		t.Errorf("%d decisions, want 40", got)
	}
}

func TestTextsAndArchitecturesRoundTrip(t *testing.T) {
	s := micro.Default()
	normal, reduce := micro.Published()
	arch, err := s.Parse(normal, reduce)
	if err != nil {
		t.Fatal(err)
	}
	n, r, err := s.Format(arch)
	if err != nil || n != normal || r != reduce {
		t.Errorf("got %q and %q, error %v; want what was read", n, r, err)
	}
}

func TestMicroRefuses(t *testing.T) {
	s := micro.Default()
	normal, reduce := micro.Published()
	for name, text := range map[string]string{
		"a short cell": "0 2 0 0", "a word": strings.Replace(reduce, "3", "three", 1),
		"a node of later": strings.Replace(reduce, "1 0 1 0", "2 0 1 0", 1),
		"no such op":      strings.Replace(reduce, "1 0 1 0", "1 5 1 0", 1),
		"a long text":     strings.Repeat("0 ", 4000),
	} {
		if _, err := s.Parse(normal, text); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
	if _, _, err := s.Cells(make(space.Arch, 39)); err == nil {
		t.Error("39 decisions are accepted, want an error")
	}
	for _, bad := range []micro.Space{{}, {Blocks: 5}, {Blocks: 1000, Ops: micro.DefaultOps()}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted, want an error", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	normal, reduce := micro.Published()
	f.Add(normal, reduce)
	f.Fuzz(func(t *testing.T, normal, reduce string) {
		s := micro.Default()
		arch, err := s.Parse(normal, reduce)
		if err != nil {
			return
		}
		n, r, err := s.Format(arch)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Parse(n, r)
		if diff := cmp.Diff(arch, again); err != nil || diff != "" {
			t.Errorf("error %v, (-first +second):\n%s", err, diff)
		}
	})
}

func TestGenotypeOfThePublishedCells(t *testing.T) {
	s := micro.Default()
	arch, err := s.Parse(micro.Published())
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.Genotype(arch)
	if err != nil {
		t.Fatal(err)
	}
	want := []space.Link{{Op: space.OpAvgPool, From: 0}, {Op: space.OpSep3, From: 0}} // "0 2 0 0"
	if diff := cmp.Diff(want, g.Inputs(space.CellNormal, 2)); diff != "" {
		t.Errorf("node 2 of the normal cell (-want +got):\n%s", diff)
	}
	want = []space.Link{{Op: space.OpMaxPool, From: 0}, {Op: space.OpSep5, From: 1}} // "0 3 1 1"
	if diff := cmp.Diff(want, g.Inputs(space.CellReduce, 6)); diff != "" {
		t.Errorf("node 6 of the reduction cell (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 4, 5, 6}, g.ReduceConcat); diff != "" {
		t.Errorf("output of the reduction cell (-want +got):\n%s", diff)
	}
	if _, err := s.Genotype(arch[1:]); err == nil {
		t.Error("39 decisions are accepted, want an error")
	}
}
