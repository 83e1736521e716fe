package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for the command: a test starts it
// again with this variable set.
func TestMain(m *testing.M) {
	if os.Getenv("NASX_TEST_IS_COMMAND") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// command prepares the command in a process of its own, in an empty folder.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NASX_TEST_IS_COMMAND=1", "NASX_RUNS=", "NASX_STATE="+filepath.Join(dir, "state"))
	return cmd
}

// result is what a command left.
type result struct {
	code     int
	out, err string
}

// call runs the command to its end.
func call(t *testing.T, dir string, args ...string) result {
	t.Helper()
	cmd := command(t, dir, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// must runs the command and wants it to succeed.
func must(t *testing.T, dir string, args ...string) result {
	t.Helper()
	r := call(t, dir, args...)
	if r.code != 0 {
		t.Fatalf("nasx %s: exit code %d, stderr %q", strings.Join(args, " "), r.code, r.err)
	}
	return r
}

// badInputs are commands that end with a code and one sentence.
var badInputs = []struct {
	name string
	args string
	code int
	want string // part of the sentence
}{
	{"unknown command", "serch", exitUsage, "serch"},
	{"unknown flag", "doctor --fast", exitUsage, "--fast"},
	{"unknown method", "search --method dart --data synthetic", exitUsage, "want one of random, evolution"},
	{"missing method", "search", exitUsage, "--method"},
	{"negative steps", "search --method random --steps=-1", exitUsage, "--steps is -1"},
	{"table for a method on images", "search --method darts --data synthetic", exitUsage, "image set"},
	{"images for a method in tables", "search --method random --data digits", exitUsage, "--data synthetic"},
	{"too many channels", "search --method darts --channels 4000000", exitUsage, "Channels is 4000000"},
	{"too many cells", "search --method snas --cells 1001", exitUsage, "Cells is 1001"},
	{"too many nodes", "search --method darts --nodes 33", exitUsage, "33 nodes"},
	{"too many weights", "search --method darts --channels 4096 --cells 20", exitUsage, "parameters, want at most"},
	{"unknown data", "search --method darts --data digitz", exitUsage, "digitz"},
	{
		"run that exists", "search --method random --data synthetic --out runs/taken", exitFailed,
		"runs/taken exists: nasx resume runs/taken, or another --out",
	},
	{"no run", "resume runs/none", exitFailed, "runs/none"},
	{"step that does not exist", "show runs/taken --step 9", exitFailed, "9"},
	{"unknown export", "export runs/taken --format xml", exitUsage, "xml"},
	{"broken genotype", "params --genotype broken.json --channels 8 --cells 3", exitFailed, "broken.json"},
	{"unknown operation", "params --genotype op.txt --channels 8 --cells 3", exitFailed, "sep_conv_9x9"},
	{"huge genotype", "params --genotype huge.txt --channels 8 --cells 3", exitFailed, "huge.txt has more than"},
	{"missing genotype", "params --genotype none.txt --channels 8 --cells 3", exitFailed, "none.txt"},
	{"odd channels", "params --channels 7 --cells 3", exitFailed, "7"},
	{"unknown set", "data get mnisst", exitUsage, "want one of digits"},
	{"no session", "lab open ghost", exitFailed, "ghost"},
	{"sessions to stop", "lab stop", exitUsage, "--all"},
}

func TestBadInputIsOneSentence(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "search", "--method", "random", "--data", "synthetic", "--steps", "3", "--out", "runs/taken")
	write(t, dir, "broken.json", `{"space":"darts","normal":[["sep_conv_3x3",`)
	write(t, dir, "op.txt", "Genotype(normal=[('sep_conv_9x9', 0), ('none', 1)], normal_concat=[2], "+
		"reduce=[('none', 0), ('none', 1)], reduce_concat=[2])")
	write(t, dir, "huge.txt", strings.Repeat("x", maxGenotype+1))
	for _, tc := range badInputs {
		t.Run(tc.name, func(t *testing.T) {
			r := call(t, dir, strings.Fields(tc.args)...)
			if r.code != tc.code {
				t.Errorf("got exit code %d, want %d; stderr %q", r.code, tc.code, r.err)
			}
			if strings.Count(r.err, "\n") != 1 || !strings.HasPrefix(r.err, "nasx: ") || !strings.Contains(r.err, tc.want) {
				t.Errorf("got stderr %q, want one line with %q", r.err, tc.want)
			}
			if r.out != "" {
				t.Errorf("got stdout %q, want nothing", r.out)
			}
		})
	}
}

// write puts a file into a folder.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestParamsAgreeWithTheReferences(t *testing.T) {
	dir := t.TempDir()
	// DARTS_V2 as its authors published it, and the counts that their code logs.
	write(t, dir, "v2.txt", `DARTS_V2 = Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
		('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0),
		('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5],
		reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
		('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
		reduce_concat=[2, 3, 4, 5])`)
	for _, tc := range []struct {
		args string
		want int64
	}{
		{"params --channels 16 --cells 8 --json", 1930618},
		{"params --genotype v2.txt --channels 36 --cells 20 --json", 3349342},
	} {
		var got counted
		if err := json.Unmarshal([]byte(must(t, dir, strings.Fields(tc.args)...).out), &got); err != nil {
			t.Fatal(err)
		}
		if got.Parameters != tc.want || got.FLOPs <= 0 {
			t.Errorf("%s: got %+v, want %d parameters", tc.args, got, tc.want)
		}
	}
}

func TestEveryResultIsJSON(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "search", "--method", "tabular", "--data", "synthetic", "--steps", "3", "--out", "r")
	for _, args := range []string{
		"doctor --json", "version --json", "data list --json", "data get digits --json", "lab list --json",
		"lab stop --all --json", "show r --json", "export r --out r.csv --format csv --json",
		"params --channels 8 --cells 3 --json", "time controller --steps 3 --json", "time open --steps 3 --json",
		"resume r --steps 4 --json",
	} {
		r := call(t, dir, strings.Fields(args)...)
		if !json.Valid([]byte(r.out)) {
			t.Errorf("nasx %s: stdout %q is not JSON (stderr %q)", args, r.out, r.err)
		}
	}
}

func TestDoctorNamesRemedies(t *testing.T) {
	cmd := command(t, t.TempDir(), "doctor", "--json")
	empty := t.TempDir()
	cmd.Env = append(cmd.Env, "NASX_CACHE="+empty, "GOMLX_BACKEND=go", "PATH=/nonexistent")
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("without go and a compiler: got %v, want exit code 1", err)
	}
	var findings []finding
	if err := json.Unmarshal(out, &findings); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, f := range findings {
		seen[f.Check] = f.Level
		if f.Level != levelOK && f.Remedy == "" {
			t.Errorf("%s is %s (%s) and has no remedy", f.Check, f.Level, f.Found)
		}
	}
	for check, want := range map[string]string{
		"go": levelFailure, "c compiler": levelFailure, "xla plugin": levelWarning, "backend": levelWarning,
	} {
		if seen[check] != want {
			t.Errorf("%s: got %q, want %q", check, seen[check], want)
		}
	}
}
