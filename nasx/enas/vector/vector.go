// Package vector holds the products of a small recurrent network in float64: a
// vector through a matrix, forwards and backwards, and the sum of outer products
// that is the matrix's gradient. Matrices are rows one after the other.
//
// On amd64 with AVX2 and FMA the inner loops are a few lines of assembly; elsewhere,
// and for the edges that do not fill a tile, they are plain Go. The two differ by
// rounding, so results repeat bit for bit on one kind of machine.
package vector

// Add adds a·x to y, both [n].
func Add(y []float64, a float64, x []float64) {
	for j, v := range x {
		y[j] += a * v
	}
}

// Dot returns <x, y>.
func Dot(x, y []float64) float64 {
	sum := 0.0
	for j, v := range x {
		sum += v * y[j]
	}
	return sum
}

// AddRows adds Σ_i x[i]·rows[i] to y: the product x W.
//
//	y     [n]
//	x     [m]
//	rows  [m, n]
func AddRows(y, x, rows []float64) {
	n := len(y)
	addStrided(y, x, 1, len(x), rows[:len(x)*n])
}

// addStrided adds Σ_i x[i·stride]·rows[i] to y for the first count numbers of x,
// four rows at a time.
func addStrided(y, x []float64, stride, count int, rows []float64) {
	n, i := len(y), 0
	wide := 0 // columns that the assembly takes
	if fast {
		wide = n &^ 3
	}
	for ; wide > 0 && i < count; i += 4 {
		var a [4]float64
		var r [4]*float64
		for k := range r { // past the end: a row times 0
			row := min(i+k, count-1)
			r[k] = &rows[row*n]
			if row == i+k {
				a[k] = x[row*stride]
			}
		}
		rows4(&y[0], wide, a[0], a[1], a[2], a[3], r[0], r[1], r[2], r[3])
	}
	if wide == n {
		return
	}
	for i := range count {
		Add(y[wide:], x[i*stride], rows[i*n+wide:(i+1)*n])
	}
}

// AddDots adds <rows[i], x> to y[i]: the product W x.
//
//	y     [m]
//	x     [n]
//	rows  [m, n]
func AddDots(y, x, rows []float64) {
	m, n := len(y), len(x)
	if m == 0 || n == 0 {
		return
	}
	rows = rows[:m*n]
	i := 0
	for ; fast && n%8 == 0 && i+4 <= m; i += 4 {
		dots(&y[i], &x[0], n, &rows[i*n])
	}
	for ; i < m; i++ {
		y[i] += Dot(rows[i*n:(i+1)*n], x)
	}
}

// AddOuter adds Σ_t x[t]ᵀ y[t] to rows: the gradient of a matrix from what went
// in and what came back at every step.
//
//	rows  [m, n]
//	x     [steps, m]
//	y     [steps, n]
func AddOuter(rows, x, y []float64, steps int) {
	if steps == 0 {
		return
	}
	m, n := len(x)/steps, len(y)/steps
	for i := range m {
		addStrided(rows[i*n:(i+1)*n], x[i:], m, steps, y)
	}
}
