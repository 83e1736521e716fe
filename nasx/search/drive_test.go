package search_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// counter proposes its step and learns nothing.
type counter struct{ learned int }

func (c *counter) Propose(step int) (space.Arch, error) { return space.Arch{step % 5}, nil }

func (c *counter) Learn(_ int, arch space.Arch, _ float64) (search.Trace, error) {
	if arch[0] > 4 {
		return search.Trace{}, errors.New("another architecture than the proposed one")
	}
	arch[0] = 99 // must not reach the best seen
	c.learned++
	return search.Trace{Arch: space.Arch{0}, Probs: [][]float64{{.2, .2, .2, .2, .2}}}, nil
}

func (c *counter) Best() (space.Arch, error) { return space.Arch{3}, nil }

// saved is a counter that can be saved.
type saved struct{ counter }

func (s *saved) State() (map[string]search.Tensor, error) {
	return map[string]search.Tensor{"learned": search.Int64Tensor([]int64{int64(s.learned)})}, nil
}

func (s *saved) SetState(state map[string]search.Tensor) error {
	v, err := state["learned"].Int64s()
	if err == nil {
		s.learned = int(v[0])
	}
	return err
}

// worth pays the choice itself; 4 is infinitely good.
type worth struct{}

func (worth) Evaluate(_ int, arch space.Arch) (float64, error) {
	if arch[0] == 4 {
		return math.Inf(1), nil
	}
	reward := float64(arch[0])
	arch[0] = 98 // must not reach the controller
	return reward, nil
}

func (worth) Name() string { return "worth" }

func TestDriveFillsInWhatTheControllerLeavesOut(t *testing.T) {
	d := search.Drive(&counter{}, worth{}, 3)
	if _, _, err := d.BestSeen(); err == nil {
		t.Error("best seen before the first step, want an error")
	}
	var last search.Trace
	for range 2 {
		tr, err := d.Step()
		if err != nil {
			t.Fatal(err)
		}
		last = tr
	}
	want := search.Trace{
		Step: 2, Phase: search.PhaseSearch, Arch: space.Arch{0}, Probs: [][]float64{{.2, .2, .2, .2, .2}},
		Scalars: map[string]float64{
			search.ScalarReward: 2, search.ScalarBest: 2, search.ScalarEntropy: last.Scalars["entropy"],
		},
	}
	if diff := cmp.Diff(want, last); diff != "" || !(math.Abs(last.Scalars["entropy"]-math.Log(5)) < 1e-12) {
		t.Errorf("entropy %g (-want +got):\n%s", last.Scalars["entropy"], diff)
	}
	if arch, reward, err := d.BestSeen(); err != nil || reward != 2 || arch[0] != 2 {
		t.Errorf("best seen is %v with %g, error %v; want [2] with 2", arch, reward, err)
	}
	if best, err := d.Best(); err != nil || best[0] != 3 {
		t.Errorf("best is %v, error %v; want the controller's [3]", best, err)
	}
	if desc := d.Describe(); desc.Data != "worth" || desc.Steps != 3 || desc.Method == "" {
		t.Errorf("got description %+v, want data worth, 3 steps and a method", desc)
	}
}

func TestDriveStopsAtAnInfiniteReward(t *testing.T) {
	c := &counter{}
	d := search.Drive(c, worth{})
	for range 3 {
		if _, err := d.Step(); err != nil {
			t.Fatal(err)
		}
	}
	_, first := d.Step()
	_, second := d.Step()
	if first == nil || !strings.Contains(first.Error(), "step 4") || !errors.Is(second, first) || c.learned != 3 {
		t.Errorf("got errors %v and %v after learning %d times; want step 4, the same again, 3", first, second, c.learned)
	}
}

func TestDriveSavesItsPartsUnderTheirNames(t *testing.T) {
	a, b := &saved{}, &saved{}
	one, two := search.Drive(a, worth{}), search.Drive(b, worth{})
	for range 2 {
		if _, err := one.Step(); err != nil {
			t.Fatal(err)
		}
	}
	state, err := one.State()
	if err != nil {
		t.Fatal(err)
	}
	if err := two.SetState(state); err != nil {
		t.Fatal(err)
	}
	next1, _ := one.Step()
	next2, _ := two.Step()
	if diff := cmp.Diff(next1, next2); diff != "" || a.learned != b.learned {
		t.Errorf("learned %d and %d, traces (-one +two):\n%s", a.learned, b.learned, diff)
	}
	if err := two.SetState(map[string]search.Tensor{}); err == nil {
		t.Error("an empty state is accepted, want an error")
	}
	if _, err := search.Drive(&counter{}, worth{}).State(); err == nil {
		t.Error("a controller without state is saved, want an error")
	}
	if err := one.Set("temperature", 1); err == nil || one.Knobs() != nil {
		t.Errorf("got error %v, knobs %v; want an error and none", err, one.Knobs())
	}
}

func TestTensorsComeBackAsTheyWent(t *testing.T) {
	rows := [][]float64{{1, math.Inf(-1)}, {}, {math.Copysign(0, -1), 4, 5}}
	into := [][]float64{make([]float64, 2), {}, make([]float64, 3)}
	if err := search.RowsTensor(rows).IntoRows(into); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, into); diff != "" || !math.Signbit(into[2][0]) {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := search.RowsTensor(rows[:1]).IntoRows(into); err == nil {
		t.Error("two numbers fill five, want an error")
	}
	arch := space.Arch{3, 0, 7}
	if back, err := search.ArchTensor(arch).Arch(); err != nil || !cmp.Equal(arch, back) {
		t.Errorf("got %v, error %v; want %v", back, err, arch)
	}
	if _, err := search.Int64Tensor([]int64{-1}).Arch(); err == nil {
		t.Error("a negative choice is accepted, want an error")
	}
	f32 := []float32{1.5, -2}
	if back, err := search.Float32Tensor(f32, 2, 1).Float32s(); err != nil || !cmp.Equal(f32, back) {
		t.Errorf("got %v, error %v; want %v", back, err, f32)
	}
	if _, err := search.Float32Tensor(f32).Float64s(); err == nil {
		t.Error("float32 is read as float64, want an error")
	}
	cut := search.Float64Tensor([]float64{1, 2})
	cut.Data = cut.Data[:9]
	if _, err := cut.Float64s(); err == nil {
		t.Error("a cut tensor is read, want an error")
	}
}
