package bench_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
)

// extractOf writes three columns of a table as the public extracts do.
func extractOf(t *testing.T, table *bench.Table, train, valid, test string) bench.Extract {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "file id,arch str,cfg name,C,N,train accuracy,validation accuracy,test accuracy")
	for i := range table.Size() {
		arch := table.Arch(i)
		text, err := bench.FormatNB201(arch)
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, name := range []string{train, valid, test} {
			v, err := table.Value(name, arch)
			if err != nil {
				t.Fatal(err)
			}
			fields = append(fields, fmt.Sprintf("%.14f", v))
		}
		number, err := table.Value(bench.ColumnIndex, arch)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%.0f,%s,infer.tiny,16,5,%s\n", number, text, strings.Join(fields, ","))
	}
	return bench.Extract{
		File: train + ".csv", Content: strings.NewReader(b.String()), Train: train, Valid: valid, Test: test,
	}
}

// A table of extracts has their columns, says which it lacks, and refuses a
// search that needs one of those.
func TestExtractsSayWhatTheyLack(t *testing.T) {
	whole := made(t)
	table, err := bench.ImportExtracts("extracts",
		extractOf(t, whole, "c10valid_train_200", "c10valid_val_200", "c10valid_test_200"),
		extractOf(t, whole, "c100_train_200", "c100_val_200", "c100_test_200"),
		extractOf(t, whole, "in16_train_200", "in16_val_200", "in16_test_200"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(madeNames[:1:1], madeNames[2:5]...) {
		got, err := table.Values(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := whole.Values(name)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("column %s differs from the whole table's, error %v", name, err)
		}
	}
	lacks := append([]string{bench.ColumnCIFAR10Test}, madeNames[12:]...)
	if diff := cmp.Diff(append(lacks, bench.ColumnSeconds), table.Missing()); diff != "" {
		t.Errorf("lacks (-want +got):\n%s", diff)
	}
	_, err = bench.NewTask(table, "nb201:cifar10", 1)
	if !errors.Is(err, bench.ErrLacks) || !strings.Contains(err.Error(), "c10_val_12") {
		t.Errorf("got %v, want that it lacks c10_val_12", err)
	}
	task, err := bench.NewTask(table, "nb201:cifar10:200", 1)
	if err != nil {
		t.Fatal(err)
	}
	report, err := task.Report(table.Arch(15624))
	if err != nil || len(report) != 5 {
		t.Errorf("got %v, error %v, want five figures, all but the CIFAR-10 test accuracy", report, err)
	}
	broken := extractOf(t, whole, "c100_train_200", "c100_val_200", "c100_test_200")
	broken.Content = strings.NewReader("a,b\n")
	if _, err := bench.ImportExtracts("extracts", broken); err == nil || !strings.Contains(err.Error(), broken.File) {
		t.Errorf("got %v, want the name of the broken file", err)
	}
}
