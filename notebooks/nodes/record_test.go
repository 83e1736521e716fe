package nodes_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/micro"
	"naslab.dev/notebooks/lesson"
	"naslab.dev/notebooks/nodes"
	"naslab.dev/notebooks/nodes/network"
)

var update = flag.Bool("update", false, "make the searches of three seeds anew")

const (
	samples = 100     // architectures measured on the test images
	after   = 1 << 20 // keys of samples that the search does not make itself
	bestOf  = 10
)

// TestRecord makes the searches with -update; else it holds the stored ones to what
// they say of themselves.
func TestRecord(t *testing.T) {
	if !*update {
		check(t)
		return
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var both struct{ Learned, Frozen []nodes.Search }
	_, engine, err := network.Digits(1)
	must(err)
	for seed := uint64(1); seed <= 3; seed++ {
		images, _, err := lesson.Digits(seed)
		must(err)
		for _, learns := range []bool{true, false} {
			cfg := network.Settings(seed)
			if !learns {
				cfg.Rewards = 0
			}
			s, err := enas.NewMicroSearch(engine, images, cfg, nil)
			must(err)
			record, err := run(s, engine, images, cfg)
			must(err)
			if learns {
				both.Learned = append(both.Learned, record)
			} else {
				both.Frozen = append(both.Frozen, record)
			}
			text, err := json.Marshal(both)
			must(err)
			must(os.WriteFile("searches.json", append(text, '\n'), 0o644))
		}
	}
}

// run makes a whole search and measures it.
func run(s *enas.Searcher, engine *micro.Engine, images *lesson.Images, cfg enas.SearchConfig) (nodes.Search, error) {
	out := nodes.Search{Seed: cfg.Seed, Updates: s.Describe().Steps, Rewards: cfg.Rewards * cfg.Epochs}
	for range out.Updates {
		tr, err := s.Step()
		if err != nil {
			return out, err
		}
		if accuracy, measured := tr.Scalars[search.ScalarSearchAccuracy]; measured {
			e := nodes.Epoch{
				Update: tr.Step, Samples: short(accuracy), Child: short(tr.Scalars[search.ScalarChildArgmax]),
				Normal: short(tr.Scalars[search.ScalarEntropyNormal]), Reduce: short(tr.Scalars[search.ScalarEntropyReduce]),
			}
			out.Curve = append(out.Curve, e)
			fmt.Printf("seed %d, %d rewards: %+v\n", out.Seed, out.Rewards, e)
		}
	}
	state, err := s.State()
	if err != nil {
		return out, err
	}
	w, err := engine.Restore(state)
	if err != nil {
		return out, err
	}
	if out.Likeliest, err = s.Best(); err != nil {
		return out, err
	}
	if out.Probs, err = s.Controller().Probs(out.Likeliest); err != nil {
		return out, err
	}
	if out.Tried, _, err = s.BestOf(bestOf); err != nil {
		return out, err
	}
	return out, measure(&out, s, func(part string, arch space.Arch) (float64, error) {
		pixels, labels, err := images.Held(part)
		if err != nil {
			return 0, err
		}
		_, accuracy, err := engine.Evaluate(w, pixels, labels, space.OneHot(nodes.Space().Decisions(), arch))
		return short(accuracy), err
	})
}

// short drops the digits that a share of some hundred images does not have.
func short(x float64) float64 { return math.Round(1e6*x) / 1e6 }

// measure fills in the accuracies on the test images.
func measure(out *nodes.Search, s *enas.Searcher, accuracy func(part string, arch space.Arch) (float64, error)) error {
	var err error
	if out.Argmax, err = accuracy(search.PartTest, out.Likeliest); err != nil {
		return err
	}
	if out.Best, err = accuracy(search.PartTest, out.Tried); err != nil {
		return err
	}
	var even []space.Arch
	for i := range samples {
		arch, err := s.Controller().Propose(after + i)
		if err != nil {
			return err
		}
		even = append(even, space.Sample(nodes.Space(), key.Rand(out.Seed, "even", i, 0)))
		a, err := accuracy(search.PartTest, arch)
		if err != nil {
			return err
		}
		b, err := accuracy(search.PartTest, even[i])
		if err != nil {
			return err
		}
		out.Samples, out.Uniform = append(out.Samples, a), append(out.Uniform, b)
	}
	best, highest := 0, -1.0
	for i, arch := range even[:bestOf] {
		a, err := accuracy(search.PartValidation, arch)
		if err != nil {
			return err
		}
		if a > highest {
			best, highest = i, a
		}
	}
	out.BestOf = out.Uniform[best]
	return nil
}

// check reads the stored searches.
func check(t *testing.T) {
	both, err := nodes.Searches()
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]nodes.Search{"learned": both.Learned, "frozen": both.Frozen} {
		if len(list) != 3 {
			t.Fatalf("%d searches are %s, want those of three seeds", len(list), name)
		}
		for i, s := range list {
			if s.Seed != uint64(i+1) || s.Updates != 1600 || len(s.Curve) != 100 || len(s.Samples) != samples {
				t.Errorf("search %d, %s: seed %d, %d updates, %d epochs, %d samples; want seed %d, 1600, 100, %d",
					i, name, s.Seed, s.Updates, len(s.Curve), len(s.Samples), i+1, samples)
			}
			for _, arch := range []space.Arch{s.Likeliest, s.Tried} {
				if err := space.Check(nodes.Space(), arch); err != nil {
					t.Error(err)
				}
			}
			if got := space.Argmax(s.Probs); !slices.Equal(got, s.Likeliest) {
				t.Errorf("%s, seed %d: the probabilities prefer %v, want %v", name, s.Seed, got, s.Likeliest)
			}
			for d, row := range s.Probs {
				if least := leastShare(d, len(row)); slices.Min(row) < least-1e-9 {
					t.Errorf("%s, seed %d: decision %d has probability %g, below the least that there is, %g",
						name, s.Seed, d, slices.Min(row), least)
				}
			}
			if !slices.Contains(s.Uniform[:bestOf], s.BestOf) {
				t.Errorf("%s, seed %d: best of ten is %g, not among %v", name, s.Seed, s.BestOf, s.Uniform[:bestOf])
			}
		}
	}
}

// leastShare is the smallest probability of a choice: its logit at one bound, all
// others at the other. Logits of inputs lie within 1.1, those of operations within
// 0.44, moved by 0.25 up for two of five in the normal cell and down for the others.
func leastShare(decision, choices int) float64 {
	low, high := 1.1, 1.1
	sum := float64(choices-1) * math.Exp(high)
	if decision%4 >= 2 {
		low, high = 0.44, 0.44
		sum = 4 * math.Exp(high)
		if decision < 12 {
			low, sum = 0.69, 2*math.Exp(0.69)+2*math.Exp(0.19)
		}
	}
	return math.Exp(-low) / (math.Exp(-low) + sum)
}
