package vector

// fast says whether the processor has what the assembly uses.
var fast = detect()

// detect says whether processor and operating system have AVX2 and FMA.
func detect() bool

// rows4 adds a·r0 + b·r1 + c·r2 + d·r3 to y, all of n numbers, n a multiple of 4.
//
//go:noescape
func rows4(y *float64, n int, a, b, c, d float64, r0, r1, r2, r3 *float64)

// dots adds <rows[i], x> to y[i] for four rows of n numbers, n a multiple of 8.
//
//go:noescape
func dots(y, x *float64, n int, rows *float64)
