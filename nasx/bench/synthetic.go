package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// syntheticName is the name of the space of the synthetic benchmark, which has
// the shape of NAS-Bench-201's.
const syntheticName = "synthetic"

// Config holds the settings of the synthetic benchmark.
type Config struct {
	Seed      uint64  `json:"seed"`       // of the table
	NoiseSeed uint64  `json:"noise_seed"` // of the noise of queries
	Noise     float64 `json:"noise"`      // standard deviation of a query, as a fraction of 1
	Pairs     float64 `json:"pairs"`      // weight of the pairs of decisions against the single ones, 0 or more
	Best      float64 `json:"best"`       // accuracy of the best architecture, a fraction
	Median    float64 `json:"median"`     // accuracy in the middle of the table, a fraction below Best
}

// DefaultConfig returns a table about as wide at its top as NAS-Bench-201's
// CIFAR-10 column, with noisy queries.
func DefaultConfig() Config {
	return Config{Seed: 1, NoiseSeed: 1, Noise: 0.003, Pairs: 0.5, Best: 0.9437, Median: 0.9053}
}

// Synthetic is a benchmark made from a seed: six decisions with five choices,
// 15,625 architectures, needing no file. An architecture's score is a sum over
// its choices and over pairs of them; the score is squashed to an accuracy. It
// stands in for a trained table: relations between methods carry over, digits
// do not. It implements [search.Evaluator].
type Synthetic struct {
	cfg   Config
	space *space.Fixed
	table []float64 // true accuracy by index, see Index
}

// NewSynthetic makes the table.
func NewSynthetic(cfg Config) (*Synthetic, error) {
	if !(cfg.Noise >= 0) || !(cfg.Pairs >= 0) || !(0 < cfg.Median && cfg.Median < cfg.Best && cfg.Best < 1) ||
		math.IsInf(cfg.Noise+cfg.Pairs, 0) {
		return nil, fmt.Errorf("bench: synthetic has noise %g, pairs %g, median %g, best %g, "+
			"want none below 0 and 0 < median < best < 1", cfg.Noise, cfg.Pairs, cfg.Median, cfg.Best)
	}
	s := &Synthetic{cfg: cfg, space: completeCell(syntheticName)}
	return s, s.fill(len(s.space.Decisions()))
}

// fill computes all accuracies: a logistic curve over the score whose two
// free numbers put the best and the median where the configuration wants them.
func (s *Synthetic) fill(decisions int) error {
	ops := len(NB201Ops())
	n := decisions * ops
	rng := key.Rand(s.cfg.Seed, "synthetic", 0, 0)
	single, pair := make([]float64, n), make([]float64, n*n)
	for i := range single {
		single[i] = rng.NormFloat64()
	}
	for i := range pair {
		pair[i] = s.cfg.Pairs * rng.NormFloat64()
	}
	all, err := space.Enumerate(s.space, nb201Size)
	if err != nil {
		return err
	}
	scores := make([]float64, 0, nb201Size)
	for arch := range all {
		score := 0.0
		for d, k := range arch {
			score += single[d*ops+k]
			for e, l := range arch[:d] {
				score += pair[(d*ops+k)*n+e*ops+l]
			}
		}
		scores = append(scores, score)
	}
	sorted := slices.Sorted(slices.Values(scores))
	low, high := sorted[len(sorted)/2], sorted[len(sorted)-1]
	if !(high > low) {
		return errors.New("bench: synthetic scores are all equal, want another seed")
	}
	bottom, top := logit(s.cfg.Median), logit(s.cfg.Best)
	for _, score := range scores {
		s.table = append(s.table, logistic(bottom+(top-bottom)*(score-low)/(high-low)))
	}
	return nil
}

func logit(p float64) float64    { return math.Log(p / (1 - p)) }
func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Name names the benchmark in descriptions of runs.
func (s *Synthetic) Name() string { return fmt.Sprintf("synthetic-%d", s.cfg.Seed) }

// Space returns the search space: six edges of a cell of four nodes, five
// operations.
func (s *Synthetic) Space() space.Space { return s.space }

// Index returns an architecture's place in the table, the last decision
// changing fastest.
func (s *Synthetic) Index(arch space.Arch) (int, error) {
	index, err := indexOf(s.space, arch)
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	return index, nil
}

// Accuracy returns the true accuracy of an architecture, a fraction.
func (s *Synthetic) Accuracy(arch space.Arch) (float64, error) {
	index, err := s.Index(arch)
	if err != nil {
		return 0, err
	}
	return s.table[index], nil
}

// Accuracies returns a copy of all true accuracies by [Synthetic.Index].
func (s *Synthetic) Accuracies() []float64 { return slices.Clone(s.table) }

// Best returns the best accuracy of the table.
func (s *Synthetic) Best() float64 { return slices.MaxFunc(s.table, cmp.Compare[float64]) }

// Evaluate implements [search.Evaluator]: the true accuracy with normal noise,
// drawn anew for every step and architecture.
func (s *Synthetic) Evaluate(step int, arch space.Arch) (float64, error) {
	index, err := s.Index(arch)
	if err != nil {
		return 0, err
	}
	// One query of the same architecture at another step is another training.
	return s.table[index] + s.cfg.Noise*key.Rand(s.cfg.NoiseSeed, "noise", step, index).NormFloat64(), nil
}

var _ search.Evaluator = (*Synthetic)(nil)

// Quantile returns the accuracy that a share q of all architectures, 0 to 1,
// does not exceed.
func (s *Synthetic) Quantile(q float64) float64 {
	if !(q > 0) {
		q = 0
	}
	sorted := slices.Sorted(slices.Values(s.table))
	return sorted[int(math.Round(min(q, 1)*float64(len(sorted)-1)))]
}
