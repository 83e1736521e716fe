package datasets_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"naslab.dev/datasets"
)

// TestRealFiles reads what lies in $NASX_DATA and compares mean and deviation
// of the pixels with the published constants. The sets that
// $NASX_REQUIRE_DATA lists (separated by commas or spaces; names that only other
// packages know may be among them) must be there.
func TestRealFiles(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	required := strings.FieldsFunc(os.Getenv("NASX_REQUIRE_DATA"), func(r rune) bool { return r == ',' || r == ' ' })
	for _, e := range datasets.List(datasets.Options{}) {
		switch {
		case e.State == datasets.StateDamaged:
			t.Errorf("%s: %s", e.Name, e.Problem)
			continue
		case e.State == datasets.StateMissing && slices.Contains(required, e.Name):
			t.Errorf("%s is required and missing", e.Name)
			continue
		case e.State == datasets.StateMissing:
			t.Logf("%s is not in NASX_DATA", e.Name)
			continue
		}
		set, err := datasets.Load(e.Name, datasets.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		t.Logf("%s: %d training, %d test images", set.Label(), set.Train.Len(), set.Test.Len())
		checkReal(t, set, e)
	}
}

func checkReal(t *testing.T, set *datasets.Set, e datasets.Entry) {
	t.Helper()
	if set.Train.Len() != e.Train || set.Test.Len() != e.Test {
		t.Errorf("%s: loaded %d and %d images, listed %d and %d", e.Name, set.Train.Len(), set.Test.Len(), e.Train, e.Test)
	}
	tolerance := 0.002 // the published constants have three or four digits
	if set.Note != "" {
		tolerance = 0.02 // a prefix of the images
	}
	for c := range set.Mean {
		sum, squares, n := 0.0, 0.0, 0.0
		for i := c; i < len(set.Train.Pixels); i += len(set.Mean) {
			x := float64(set.Train.Pixels[i])
			sum, squares, n = sum+x, squares+x*x, n+1
		}
		mean := sum / n
		std := math.Sqrt(squares/n - mean*mean)
		if !(math.Abs(mean) < tolerance) || !(math.Abs(std-1) < tolerance) {
			t.Errorf("%s, channel %d: standardised pixels have mean %.4f, deviation %.4f; want 0, 1 ± %g",
				e.Name, c, mean, std, tolerance)
		}
	}
	seen := make([]int, set.Train.Classes)
	for _, l := range set.Train.Labels {
		seen[l]++
	}
	if slices.Min(seen) == 0 || len(set.Train.ClassNames) != set.Train.Classes {
		t.Errorf("%s: images per class %v, %d names", e.Name, seen, len(set.Train.ClassNames))
	}
}
