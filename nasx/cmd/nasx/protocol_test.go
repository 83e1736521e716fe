package main

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hasNB201 says whether $NASX_DATA has the published table, which it must have
// where $NASX_REQUIRE_DATA says so.
func hasNB201(t *testing.T) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(os.Getenv("NASX_DATA"), sources[0].folder, sources[0].main))
	if err == nil {
		return true
	}
	required := strings.FieldsFunc(os.Getenv("NASX_REQUIRE_DATA"), func(r rune) bool { return r == ',' || r == ' ' })
	if !errors.Is(err, fs.ErrNotExist) || slices.Contains(required, sources[0].folder) {
		t.Fatal(err)
	}
	t.Log("NAS-Bench-201 is not in NASX_DATA: orders on the synthetic table stand in")
	return false
}

// figures searches over seeds and returns mean and standard error in percent.
func figures(t *testing.T, args string) (tests [3]float64, errs [3]float64) {
	t.Helper()
	var r repeated
	decoded(t, must(t, t.TempDir(), strings.Fields("search --json "+args)...).out, &r)
	for i, f := range []*figure{r.CIFAR10Test, r.CIFAR100Test, r.ImageNetTest} {
		if f == nil {
			f = r.TrueAccuracy
		}
		tests[i], errs[i] = 100*f.Mean, 100**f.SD/math.Sqrt(float64(r.Seeds))
	}
	return tests, errs
}

// The methods of package enas on independent logits are rows of the table
// protocol: PPO has one of its own, and REINFORCE is package tabular's. The
// bounds are about 5 standard errors of 500 seeds.
func TestTableProtocolOfENASOnLogits(t *testing.T) {
	if !hasNB201(t) {
		return
	}
	t.Setenv("NASX_CACHE", t.TempDir())
	must(t, t.TempDir(), "table", "import", "nb201")
	for method, row := range map[string]struct{ want, bound [3]float64 }{
		"enas-ppo": {[3]float64{93.93, 71.86, 45.42}, [3]float64{.12, .4, .4}},
		"enas":     {[3]float64{93.91, 71.72, 45.27}, [3]float64{.08, .25, .27}},
	} {
		got, _ := figures(t, "--method "+method+" --policy logits --data nb201:cifar10 --budget 100 --seeds 500")
		t.Logf("%s on logits: %.2f, %.2f, %.2f %%", method, got[0], got[1], got[2])
		for i := range got {
			if !(math.Abs(got[i]-row.want[i]) <= row.bound[i]) {
				t.Errorf("%s, figure %d: %.3f %%, want %g ± %g", method, i, got[i], row.want[i], row.bound[i])
			}
		}
	}
}

// Every method that learns ends above random search after 100 queries, by more
// than two standard errors of the difference, on a table that needs no file.
// Policies with an LSTM, the usual ones of ENAS, take longer: fewer seeds.
func TestLearnersEndAboveRandomSearch(t *testing.T) {
	const task = "--data synthetic --budget 100 "
	base, baseErr := figures(t, task+"--seeds 60 --method random")
	for _, method := range []string{
		"--seeds 60 --method evolution", "--seeds 60 --method tabular", "--seeds 60 --method enas --policy logits",
		"--seeds 60 --method enas-ppo --policy logits", "--seeds 20 --method enas", "--seeds 20 --method enas-ppo",
	} {
		got, err := figures(t, task+method)
		lead, deviation := got[0]-base[0], math.Hypot(err[0], baseErr[0])
		t.Logf("%s: %.3f %%, random search %.3f %%: %.1f standard errors", method, got[0], base[0], lead/deviation)
		if !(lead > 2*deviation) {
			t.Errorf("%s leads random search by %.3f percentage points, want more than 2 of %.3f", method, lead, deviation)
		}
	}
}
