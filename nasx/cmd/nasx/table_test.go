package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

// worth is the made accuracy of an architecture, in percent: the third
// operation is best everywhere.
func worth(arch space.Arch) float64 {
	sum := 50.0
	for d, k := range arch {
		if k == 3 {
			sum += float64(d + 2)
		}
	}
	return sum
}

// rowsOf writes a line for every architecture.
func rowsOf(t *testing.T, head string, line func(index int, text string, arch space.Arch) string) []byte {
	t.Helper()
	all, err := space.Enumerate(bench.NB201(), 15625)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, head)
	index := 0
	for arch := range all {
		text, err := bench.FormatNB201(arch)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, line(index, text, arch))
		index++
	}
	return b.Bytes()
}

// dataFolder makes a data folder with a table in which accuracies are worth.
func dataFolder(t *testing.T) string {
	t.Helper()
	head := "index,arch,c10valid_train_200,c10valid_val_200,c10valid_test_200,c10_test_200,c100_train_200,c100_val_200," +
		"c100_test_200,in16_train_200,in16_val_200,in16_test_200,c10_test_12,c10_val_12,c100_test_12,c100_val_12," +
		"in16_test_12,in16_val_12"
	text := rowsOf(t, head, func(index int, text string, arch space.Arch) string {
		return fmt.Sprintf("%d,%s%s", index, text, strings.Repeat(fmt.Sprintf(",%g", worth(arch)), 16))
	})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(text) //nolint:errcheck // into memory
	z.Close()     //nolint:errcheck // into memory
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"nb201.csv.gz": packed.Bytes(),
		timesFile: rowsOf(t, "arch,c10_train_seconds_12,c10_test_seconds_12",
			func(_ int, text string, _ space.Arch) string { return text + ",200,12" }),
	} {
		path := filepath.Join(dir, "nas-bench-201", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// decoded reads a command's JSON.
func decoded(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
}

func TestTableIsImportedShownAndSearched(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	dir := t.TempDir()
	var infos []tableInfo
	decoded(t, must(t, dir, "table", "import", "--from", dataFolder(t), "--json").out, &infos)
	if len(infos) != 1 || infos[0].Name != "nb201" || infos[0].State != stateComplete || infos[0].Architectures != 15625 {
		t.Fatalf("imported %+v, want the complete table nb201", infos)
	}
	decoded(t, must(t, dir, "table", "show", "--json").out, &infos)
	if len(infos) != 2 || infos[1].State != stateMissing {
		t.Errorf("tables are %+v, want nb201, and nbmacro missing", infos)
	}
	var found lookedUp
	best := "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
	decoded(t, must(t, dir, "table", "show", "nb201", "--arch", best, "--json").out, &found)
	if found.Values[bench.ColumnReward] != 77 || found.Parameters == 0 || !*found.Connected ||
		!(math.Abs(found.Values[bench.ColumnSeconds]-102.5) < 1e-5) {
		t.Errorf("looked up %+v, want the reward 77 and 102.5 seconds", found)
	}
	// Every method that learns from rewards keeps a run on a table, too.
	must(t, dir, "search", "--method", "tabular", "--data", "nb201:cifar10", "--steps", "5", "--out", "r")
	must(t, dir, "resume", "r", "--steps", "8")
	if steps := stepsOf(t, filepath.Join(dir, "r")); steps != 8 {
		t.Errorf("%d steps after going on, want 8", steps)
	}
}

// The keys are those of the table protocol, fractions all of them, and a search
// over seeds is the same however often it runs.
func TestSearchOverSeedsPrintsItsFigures(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	dir := t.TempDir()
	must(t, dir, "table", "import", "nb201", "--from", dataFolder(t))
	for _, method := range []string{"random", "evolution", "tabular"} {
		args := strings.Fields("search --data nb201:cifar10 --budget 60 --seeds 20 --json --method " + method)
		r := must(t, dir, args...)
		var got struct {
			Method        string
			Budget, Seeds int
			CIFAR10Test   figure `json:"cifar10_test"`
			CIFAR100Test  figure `json:"cifar100_test"`
			ImageNetTest  figure `json:"imagenet16_test"`
		}
		decoded(t, r.out, &got)
		if got.Method != method || got.Budget != 60 || got.Seeds != 20 {
			t.Errorf("got %+v, want the method, the budget and the seeds", got)
		}
		for _, f := range []figure{got.CIFAR10Test, got.CIFAR100Test, got.ImageNetTest} {
			if !(f.Mean > 0.6 && f.Mean <= 0.77) || f.SD == nil || !(*f.SD >= 0 && *f.SD < 0.1) {
				t.Errorf("%s: got %+v, want fractions below 0.77", method, f)
			}
		}
		if again := must(t, dir, args...); again.out != r.out {
			t.Errorf("%s: the same search prints %q, then %q", method, r.out, again.out)
		}
	}
	text := must(t, dir, strings.Fields("search --method random --data nb201:cifar10 --seconds 1000")...).out
	if !strings.Contains(text, "1000 simulated seconds") || !strings.Contains(text, "cifar100 test") {
		t.Errorf("got %q, want the budget and the figures", text)
	}
	// Seeds 3 and 4 are not seeds 1 and 2.
	two := "search --method random --data nb201:cifar10 --budget 5 --seeds 2 --json"
	from1, from3 := must(t, dir, strings.Fields(two)...), must(t, dir, strings.Fields(two+" --seed 3")...)
	if from1.out == from3.out {
		t.Errorf("two seeds from 1 and from 3 print the same %q", from1.out)
	}
	var synthetic repeated
	args := strings.Fields("search --method tabular --data synthetic --budget 50 --seeds 1 --json")
	decoded(t, must(t, dir, args...).out, &synthetic)
	if f := synthetic.TrueAccuracy; f == nil || f.SD != nil || !(f.Mean > 0.9) || synthetic.CIFAR10Test != nil {
		t.Errorf("got %+v, want a true accuracy without a spread", synthetic)
	}
}

func TestBadTablesAreOneSentence(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	t.Setenv("NASX_DATA", "")
	dir := t.TempDir()
	write(t, dir, "nb201.csv.gz", "not packed")
	for _, tc := range []struct {
		name, args string
		code       int
		want       string
	}{
		{"no table here", "search --method random --data nb201:cifar10 --budget 5", exitFailed, "nasx table get nb201"},
		{"no table here to keep a run", "search --method random --data nb201:cifar10", exitFailed, "nasx table import nb201"},
		{"unknown task", "search --method random --data nb201:cifar11 --budget 5", exitUsage, "nb201:cifar100"},
		{"images by seeds", "search --method random --data digits --budget 5", exitUsage, "--data synthetic"},
		{"a method on images by seeds", "search --method darts --data synthetic --budget 5", exitUsage, "for tables"},
		{"a method on images in a table", "search --method darts --data nb201:cifar10", exitUsage, "image set"},
		{"seeds without a budget", "search --method random --data synthetic --seeds 3", exitUsage, "--budget"},
		{"endless seconds", "search --method random --data synthetic --seconds 1e300", exitUsage, "--seconds is 1e+300"},
		{"epochs of a table", "search --method random --data synthetic --steps 3 --epochs 4", exitUsage, "--epochs is for image"},
		{"images of a table", "search --method enas --data nb201:cifar10 --budget 3 --held=9", exitUsage, "--held is for image"},
		{"no policies", "search --method random --data synthetic --budget 3 --policy lstm", exitUsage, "--policy is for"},
		{"unknown policy", "search --method enas --data synthetic --budget 3 --policy x", exitUsage, "nasx: there is no policy"},
		{"a negative budget", "search --method random --data synthetic --budget=-3", exitUsage, "--budget is -3"},
		{"too many seeds", "search --method random --data synthetic --budget 3 --seeds 1000001", exitUsage, "--seeds is"},
		{"a run by seeds", "search --method random --data synthetic --budget 3 --out r", exitUsage, "--out"},
		{"seconds that cost nothing", "search --method random --data synthetic --seconds 9", exitFailed, "budget in queries"},
		{"unknown table", "table show nb301", exitUsage, "want one of nb201, nbmacro"},
		{"missing table", "table show nb201", exitFailed, "not on this machine"},
		{"an architecture of no table", "table show --arch x", exitUsage, "--arch"},
		{"no data folder", "table import", exitUsage, "NASX_DATA"},
		{"no files", "table import --from ..", exitFailed, "no files of a table"},
		{"no files of this one", "table import nbmacro --from .", exitFailed, "nas-bench-macro"},
		{"a broken file", "table import nb201 --from .", exitFailed, "not a gzip file"},
	} {
		r := call(t, dir, strings.Fields(tc.args)...)
		if r.code != tc.code || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, tc.want) || r.out != "" {
			t.Errorf("%s: got exit code %d, stdout %q, stderr %q, want %d and one line with %q",
				tc.name, r.code, r.out, r.err, tc.code, tc.want)
		}
	}
}

// extracts serves made extracts as the public host does.
func extracts(t *testing.T) []extract {
	t.Helper()
	data := rowsOf(t, "file id,arch str,cfg name,C,N,train accuracy,validation accuracy,test accuracy",
		func(index int, text string, arch space.Arch) string {
			return fmt.Sprintf("%d,%s,infer.tiny,16,5,%g,%g,%g", index, text, worth(arch), worth(arch), worth(arch))
		})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(data) //nolint:errcheck // the client may hang up
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(data)
	list := append([]extract(nil), published["nb201"]...)
	for i := range list {
		list[i].File = extractAt(server.URL+"/", list[i].Name, int64(len(data)), hex.EncodeToString(sum[:]))
	}
	return list
}

// getExtracts runs the command on made extracts and returns what it tells.
func getExtracts(list []extract, force bool) (string, error) {
	usual := published["nb201"]
	published["nb201"] = list
	defer func() { published["nb201"] = usual }()
	var log bytes.Buffer
	err := tableGetCmd{Name: "nb201", Force: force}.Run(context.Background(), std{io.Discard, &log})
	return log.String(), err
}

func TestGetMakesATableOfExtracts(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("NASX_CACHE", cache)
	list := extracts(t)
	log, err := getExtracts(list, false)
	if err != nil || !strings.Contains(log, "nasbench201_cifar100.csv from 127.0.0.1") {
		t.Fatalf("error %v, told %q, want the files in it", err, log)
	}
	table, err := bench.OpenNamed("nb201")
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := table.Best(bench.ColumnCIFAR100Valid); err != nil || v != 77 {
		t.Errorf("best is %g, error %v, want 77", v, err)
	}
	if missing := strings.Join(table.Missing(), " "); !strings.Contains(missing, "c10_val_12") ||
		!strings.Contains(missing, bench.ColumnCIFAR10Test) {
		t.Errorf("lacks %s, want the 12-epoch columns and the test accuracy after all training images", missing)
	}
	if left, err := os.ReadDir(filepath.Join(cache, "tables")); err != nil || len(left) != 1 {
		t.Errorf("got %v (error %v), want the table alone", left, err)
	}
	// What is here is not asked for again, and wrong bytes do not replace it.
	list[1].SHA256 = list[1].SHA256[1:] + "0"
	if log, err := getExtracts(list, false); err != nil || !strings.Contains(log, "--force") {
		t.Errorf("error %v, told %q, want that it is here already", err, log)
	}
	_, err = getExtracts(list, true)
	if err == nil || !strings.Contains(err.Error(), list[1].Name) || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("error %v, want the file and that its checksum is wrong", err)
	}
	if again, err := bench.OpenNamed("nb201"); err != nil || again.Checksum() != table.Checksum() {
		t.Errorf("error %v, want the old table", err)
	}
}
