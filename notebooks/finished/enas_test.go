package finished

import "testing"

// At the bounds and one step past them, on two seeds each.
func TestCriteriaOfENASAtTheirBounds(t *testing.T) {
	sampling, early := []float64{.94, .96}, []float64{.8, .7}
	for i, c := range slower(early, []float64{.79, .7}, sampling, []float64{.96, .96}) {
		if !c.Holds {
			t.Errorf("criterion %d, %s: does not hold at its bound: %+v", i, c.Claim, c)
		}
	}
	for i, c := range slower(early, []float64{.8, .7}, sampling, []float64{.9601, .96}) {
		if c.Holds {
			t.Errorf("criterion %d, %s: holds past its bound: %+v", i, c.Claim, c)
		}
	}
}

func TestNoCriterionWithoutSearches(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	if got, err := rewarded(); err != nil || got != nil {
		t.Errorf("got %v, %v, want none where nothing was made", got, err)
	}
}
