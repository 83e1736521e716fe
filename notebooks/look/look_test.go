package look_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/look"
	"naslab.dev/viz"
)

func TestLoudestByHand(t *testing.T) {
	tr := search.Trace{Credit: []float64{0.1, -0.4, 0.3}, Grad: [][]float64{{9, 0}, {0.1, -0.2}, {5, 5}}}
	if d, k := look.Loudest(tr); d != 1 || k != 1 {
		t.Errorf("got %d and %d, want the blame of decision 1 and its second choice", d, k)
	}
	if d, k := look.Loudest(search.Trace{}); d != 0 || k != 0 {
		t.Errorf("an empty trace: got %d and %d, want 0 and 0", d, k)
	}
}

func TestCellPicksOneCellsRows(t *testing.T) {
	decisions := []space.Decision{
		{Name: "0→2", Cell: "normal"}, {Name: "0→2", Cell: "reduce"}, {Name: "1→2", Cell: "reduce"},
	}
	got := look.Cell(decisions, "reduce", [][]float64{{1}, {2}, {3}})
	want := viz.Mixture{Title: "reduce", Names: []string{"0→2", "1→2"}, Rows: [][]float64{{2}, {3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTablesOfScalars(t *testing.T) {
	one, other := map[string]float64{"loss": 2, "entropy": 1}, map[string]float64{"loss": 1.5, "reward": 3}
	want := [][]string{{"loss", "2.00", "1.50"}}
	if diff := cmp.Diff(want, look.Compare(one, other, "entropy", "loss", "reward")); diff != "" {
		t.Error(diff)
	}
	r := viz.Run{Traces: []search.Trace{
		{Step: 1, Scalars: map[string]float64{search.ScalarSearchAccuracy: 0.5}},
		{Step: 2, Scalars: map[string]float64{search.ScalarSearchAccuracy: 0.75}},
		{Step: 3},
	}}
	if diff := cmp.Diff([][]string{{"search network", "0.750", "2"}}, look.Accuracies(r)); diff != "" {
		t.Error(diff)
	}
	if got := look.Lines("a\nb\nc", 2); got != "a\nb" {
		t.Errorf("got %q", got)
	}
	if _, ok := look.Knob(client.Method{Knobs: []client.Knob{{Name: "a"}}}, "b"); ok {
		t.Error("a knob that does not exist was found")
	}
}

// idle is a session that stands at a step and can make none.
type idle struct{ step int }

func (s *idle) Status() (client.Status, error) { return client.Status{Step: s.step}, nil }

type local struct{ idle }

func (s *local) Step(n int) (client.Range, error) { s.step += n; return client.Range{}, nil }

type remote struct{ idle }

func (s *remote) Step(_ context.Context, n int) (client.Range, error) {
	s.step += n
	return client.Range{}, nil
}

func TestUntilStepsBothKindsOfSessions(t *testing.T) {
	one, other := &local{idle{3}}, &remote{idle{3}}
	for _, s := range []interface {
		Status() (client.Status, error)
	}{one, other} {
		for _, n := range []int{5, 4} { // the second asks for what is there
			if err := look.Until(s, n); err != nil {
				t.Error(err)
			}
		}
	}
	if one.step != 5 || other.step != 5 {
		t.Errorf("they stand at %d and %d, want 5", one.step, other.step)
	}
	if look.Until(&idle{3}, 3) != nil || look.Until(&idle{3}, 4) == nil {
		t.Error("a session that cannot step: want an error only where it has to")
	}
}
