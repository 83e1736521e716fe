package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// RandomSearch returns the exact mean and standard deviation of the value that
// random search answers with: of n architectures, drawn uniformly and with
// replacement, it takes the one with the highest reward, any of equal ones with
// equal chance. With F the distribution of the reward over the table,
//
//	P(best reward = u) = F(u)ⁿ − F(u−)ⁿ
//
// and among architectures of reward u the value is that of one drawn uniformly.
//
//	reward, value  [architectures]
//	n              queries, at least 1
func RandomSearch(reward, value []float64, n int) (mean, sd float64, err error) {
	if len(reward) == 0 || len(reward) != len(value) || n < 1 {
		return 0, 0, fmt.Errorf("bench: %d rewards, %d values and %d queries, want a value for each reward and a query",
			len(reward), len(value), n)
	}
	for i := range reward {
		if math.IsNaN(reward[i]) || math.IsNaN(value[i]) {
			return 0, 0, fmt.Errorf("bench: architecture %d has the reward %g and the value %g, want numbers",
				i, reward[i], value[i])
		}
	}
	order := make([]int, len(reward))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(reward[a], reward[b]) })
	total, squares, below := float64(len(order)), 0.0, 0.0
	for i := 0; i < len(order); {
		sum, square, end := 0.0, 0.0, i
		for ; end < len(order) && reward[order[end]] == reward[order[i]]; end++ {
			v := value[order[end]]
			sum, square = sum+v, square+v*v
		}
		ties, upTo := float64(end-i), math.Pow(float64(end)/total, float64(n))
		mean += (upTo - below) * sum / ties
		squares += (upTo - below) * square / ties
		below, i = upTo, end
	}
	return mean, math.Sqrt(max(0, squares-mean*mean)), nil
}
