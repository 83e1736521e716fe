package vector

import (
	"math"
	"math/rand/v2"
	"testing"
)

// numbers returns n numbers between −1 and 1.
func numbers(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 2*rng.Float64() - 1
	}
	return out
}

// near fails where two vectors differ by more than rounding.
func near(t *testing.T, what string, m, n int, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-13) {
			t.Fatalf("%s of [%d, %d]: entry %d is %g, want %g", what, m, n, i, got[i], want[i])
		}
	}
}

// Sizes on both sides of a tile, of four rows and of eight columns, in plain
// triple loops. The numbers around what is written must stay.
func TestProductsAgainstTheirDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{1, 2, 4, 5, 11, 64} {
		for _, n := range []int{1, 3, 8, 24, 31, 32, 33, 64, 96, 256} {
			for _, steps := range []int{1, 3, 20} {
				rows, x, y := numbers(rng, m*n), numbers(rng, steps*m), numbers(rng, steps*n)
				outer, through, back := numbers(rng, m*n+1), numbers(rng, n+1), numbers(rng, m+1)
				wantOuter := append([]float64(nil), outer...)
				wantThrough, wantBack := append([]float64(nil), through...), append([]float64(nil), back...)
				for i := range m {
					for j := range n {
						wantThrough[j] += x[i] * rows[i*n+j]
						wantBack[i] += rows[i*n+j] * y[j]
						for s := range steps {
							wantOuter[i*n+j] += x[s*m+i] * y[s*n+j]
						}
					}
				}
				AddRows(through[:n], x[:m], rows)
				AddDots(back[:m], y[:n], rows)
				AddOuter(outer[:m*n], x, y, steps)
				near(t, "AddRows", m, n, through, wantThrough)
				near(t, "AddDots", m, n, back, wantBack)
				near(t, "AddOuter", m, n, outer, wantOuter)
			}
		}
	}
}

// Empty vectors are no error.
func TestNothingTimesNothing(t *testing.T) {
	AddRows(nil, nil, nil)
	AddDots(nil, []float64{1}, nil)
	AddOuter(nil, nil, nil, 0)
}

func BenchmarkAddRows(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows, x, y := numbers(rng, 64*256), numbers(rng, 64), numbers(rng, 256)
	for b.Loop() {
		AddRows(y, x, rows)
	}
}

func BenchmarkAddDots(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows, x, y := numbers(rng, 64*256), numbers(rng, 256), numbers(rng, 64)
	for b.Loop() {
		AddDots(y, x, rows)
	}
}
