// Package backendtest gives tests the backend they need.
package backendtest

import (
	"os"
	"testing"

	"github.com/gomlx/compute"

	"naslab.dev/nasx/backend"
)

// RequireXLA returns the backend of the test process and fails the test at once
// where that is not XLA. With NASX_ALLOW_GO_BACKEND=1 the Go backend passes.
func RequireXLA(t testing.TB) compute.Backend {
	t.Helper()
	if err := backend.NeedXLA("this test"); err != nil {
		t.Fatal(err)
	}
	return Any(t)
}

// Any returns the backend of the test process, whichever it is.
func Any(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Main runs the tests of a package whose TestMain calls it, and halves the time
// that XLA spends on compiling: for tests that compare values, never speed.
// XLA_FLAGS, where set, is left as it is.
func Main(m *testing.M) {
	if os.Getenv("XLA_FLAGS") == "" {
		os.Setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
	}
	os.Exit(m.Run())
}
