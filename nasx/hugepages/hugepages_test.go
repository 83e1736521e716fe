package hugepages_test

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"naslab.dev/nasx/hugepages"
)

func TestEnvKeepsWhatAPersonHasSet(t *testing.T) {
	own := []string{"HOME=/", "GLIBC_TUNABLES=glibc.malloc.check=3"}
	if got := hugepages.Env(own); !slices.Equal(got, own) {
		t.Errorf("Env(%q) = %q, want it unchanged", own, got)
	}
}

func TestEnvIsAddedOnceAndLeavesTheArgumentAlone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("only Linux has these settings")
		return
	}
	own := make([]string, 1, 8)
	own[0] = "HOME=/"
	once := hugepages.Env(own)
	if len(once) != 2 || !strings.HasPrefix(once[1], "GLIBC_TUNABLES=") {
		t.Fatalf("Env(%q) = %q, want one entry more", own, once)
	}
	if twice := hugepages.Env(once); !slices.Equal(twice, once) {
		t.Errorf("Env a second time is %q, want %q", twice, once)
	}
	if spare := own[:2][1]; spare != "" {
		t.Errorf("Env wrote %q into its argument's spare room", spare)
	}
}

// A process accepts the settings: the C library would complain on stderr.
func TestAProcessStartsWithTheSettings(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = hugepages.Env(os.Environ())
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("true says %q (%v), want nothing", out, err)
	}
}
