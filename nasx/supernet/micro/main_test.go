package micro_test

import (
	"os"
	"testing"
)

// TestMain halves the time that XLA spends on compiling: these tests compare
// values, never speed.
func TestMain(m *testing.M) {
	if os.Getenv("XLA_FLAGS") == "" {
		os.Setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
	}
	os.Exit(m.Run())
}
