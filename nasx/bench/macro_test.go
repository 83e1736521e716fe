package bench_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

// macroJSON is a table whose three accuracies follow from the architecture.
func macroJSON(t *testing.T) string {
	t.Helper()
	all, err := space.Enumerate(bench.Macro(), 6561)
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for arch := range all {
		text, err := bench.FormatMacro(arch)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := bench.ParseMacro(text); err != nil || fmt.Sprint(back) != fmt.Sprint(arch) {
			t.Fatalf("%v is printed as %s and parsed as %v, error %v", arch, text, back, err)
		}
		sum := 0
		for _, k := range arch {
			sum += k
		}
		entries = append(entries, fmt.Sprintf(`%q:{"test_acc":[%d,%d,%d],"mean_acc":%d,"std":0.8,"params":%d,"flops":%d}`,
			text, 60+sum, 61+sum, 62+sum, 61+sum, 1000*sum+1, 10000*sum+1))
	}
	return "{" + strings.Join(entries, ",") + "}"
}

// A query meets one of the three trainings; which one follows from its key, and
// each in a third of the cases, held to 4 standard errors.
func TestMacroQueriesDrawATraining(t *testing.T) {
	table, err := bench.ImportMacro(strings.NewReader(macroJSON(t)), "made")
	if err != nil {
		t.Fatal(err)
	}
	task, err := bench.NewTask(table, "nbmacro", 1)
	if err != nil {
		t.Fatal(err)
	}
	const steps = 3000
	arch, counts := space.Arch{2, 2, 2, 2, 2, 2, 2, 2}, map[float64]float64{}
	for step := range steps {
		v, err := task.Evaluate(step, arch)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := task.WithSeed(1).Evaluate(step, arch); err != nil || again != v {
			t.Fatalf("the same query is worth %g and %g, error %v, want the same", v, again, err)
		}
		counts[v]++
	}
	for _, want := range []float64{0.76, 0.77, 0.78} {
		if bound := 4 * math.Sqrt(steps*2.0/9); !(math.Abs(counts[want]-steps/3) <= bound) {
			t.Errorf("reward %g came %g times of %d, want a third ± %.0f: %v", want, counts[want], steps, bound, counts)
		}
	}
	if truth, err := task.Accuracy(arch); err != nil || truth != 0.77 || task.Best() != 0.77 {
		t.Errorf("true accuracy is %g, error %v, best %g, want 0.77, the best", truth, err, task.Best())
	}
	if _, _, err := task.Exact(10, bench.ColumnMacroMean); err == nil {
		t.Error("an exact distribution of noisy rewards, want an error")
	}
}

func TestImportMacroRefusesWhatIsNoTable(t *testing.T) {
	whole := macroJSON(t)
	for name, text := range map[string]string{
		"nothing":            "",
		"a row missing":      strings.Replace(whole, `"00000000"`, `"00000001"`, 1),
		"another alphabet":   strings.Replace(whole, `"00000000"`, `"00000003"`, 1),
		"too short a name":   strings.Replace(whole, `"00000000"`, `"0000000"`, 1),
		"two trainings":      strings.Replace(whole, "[60,61,62]", "[60,61]", 1),
		"more than percent":  strings.Replace(whole, "[60,61,62]", "[60,61,162]", 1),
		"cut in the middle":  whole[:len(whole)/2],
		"more than a number": strings.Replace(whole, `"flops":1}`, `"flops":1e300}`, 1),
	} {
		if _, err := bench.ImportMacro(strings.NewReader(text), "bad"); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
}

func TestPublishedMacro(t *testing.T) {
	table := published(t, "nas-bench-macro", importMacro)
	if table == nil {
		return
	}
	arch, err := bench.ParseMacro("11111221")
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]float64{
		"test_acc_3": 92.51, bench.ColumnMacroMean: 92.3033, bench.ColumnMacroParams: 2181386,
		bench.ColumnMacroFLOPs: 65012224,
	} {
		if got, err := table.Value(column, arch); err != nil || got != want {
			t.Errorf("%s is %g, error %v, want %g", column, got, err, want)
		}
	}
	if best, _, err := table.Best(bench.ColumnMacroMean); err != nil || best != 93.1267 {
		t.Errorf("best mean accuracy is %g, error %v, want 93.1267", best, err)
	}
}

func FuzzParseMacro(f *testing.F) {
	f.Add("01201201")
	f.Fuzz(func(t *testing.T, text string) {
		arch, err := bench.ParseMacro(text)
		if err != nil {
			return
		}
		if back, err := bench.FormatMacro(arch); err != nil || back != text {
			t.Errorf("%q is parsed as %v, which prints as %q, error %v", text, arch, back, err)
		}
	})
}
