//go:build !amd64

package vector

const fast = false

func rows4(y *float64, n int, a, b, c, d float64, r0, r1, r2, r3 *float64) {}

func dots(y, x *float64, n int, rows *float64) {}
