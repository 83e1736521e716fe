package enas

// The products of a recurrent network, four rows at a time: the vector that the
// rows share is then read once for four of them.

// addRows adds Σ_i x[i]·rows[i] to y, rows [len(x), len(y)] one after the other.
func addRows(y, x, rows []float64) {
	n, i := len(y), 0
	for ; i+4 <= len(x); i += 4 {
		a, b, c, d := x[i], x[i+1], x[i+2], x[i+3]
		r0, r1, r2, r3 := rows[i*n:][:n], rows[(i+1)*n:][:n], rows[(i+2)*n:][:n], rows[(i+3)*n:][:n]
		for j := range y[:n] {
			y[j] += a*r0[j] + b*r1[j] + c*r2[j] + d*r3[j]
		}
	}
	for ; i < len(x); i++ {
		for j, v := range rows[i*n : i*n+n] {
			y[j] += x[i] * v
		}
	}
}

// addDots adds <rows[i], x> to y[i], rows [len(y), len(x)] one after the other.
func addDots(y, x, rows []float64) {
	n, i := len(x), 0
	for ; i+4 <= len(y); i += 4 {
		r0, r1, r2, r3 := rows[i*n:][:n], rows[(i+1)*n:][:n], rows[(i+2)*n:][:n], rows[(i+3)*n:][:n]
		a, b, c, d := 0.0, 0.0, 0.0, 0.0
		for j, v := range x[:n] {
			a += v * r0[j]
			b += v * r1[j]
			c += v * r2[j]
			d += v * r3[j]
		}
		y[i] += a
		y[i+1] += b
		y[i+2] += c
		y[i+3] += d
	}
	for ; i < len(y); i++ {
		for j, v := range rows[i*n : i*n+n] {
			y[i] += x[j] * v
		}
	}
}

// axpy adds a·x to y.
func axpy(y []float64, a float64, x []float64) {
	for j, v := range x {
		y[j] += a * v
	}
}

// dot returns <x, y>.
func dot(x, y []float64) float64 {
	sum := 0.0
	for j, v := range x {
		sum += v * y[j]
	}
	return sum
}

// addOuter adds Σ_t x[t][i]·y[t] to row i of rows [H, len(y[t])] for i < H: the
// products of all moments at once, four moments at a time.
func addOuter(rows []float64, x, y [][]float64) {
	if len(x) == 0 {
		return
	}
	n, t := len(y[0]), 0
	for ; t+4 <= len(x); t += 4 {
		y0, y1, y2, y3 := y[t][:n], y[t+1][:n], y[t+2][:n], y[t+3][:n]
		for i := range x[t] {
			a, b, c, d := x[t][i], x[t+1][i], x[t+2][i], x[t+3][i]
			row := rows[i*n : i*n+n]
			for j := range row {
				row[j] += a*y0[j] + b*y1[j] + c*y2[j] + d*y3[j]
			}
		}
	}
	for ; t < len(x); t++ {
		for i, v := range x[t] {
			row := rows[i*n : i*n+n]
			for j, w := range y[t] {
				row[j] += v * w
			}
		}
	}
}
