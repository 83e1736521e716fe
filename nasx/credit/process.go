package credit

import (
	"errors"
	"fmt"
)

// Process is the decision process of building an architecture: the state is
// the prefix of decisions made, an action appends one, and the only reward
// comes with the last.
type Process struct {
	Choices []int                        // [T], how many choices each decision has
	Return  func(actions []int) float64  // of a finished architecture; it must not keep its argument
	Policy  func(prefix []int) []float64 // probabilities of the next action; nil for equal ones
}

// mostPrefixes bounds an enumeration: one value each, 32 MB.
const mostPrefixes = 1 << 22

// Values are the exact values of all prefixes under a policy.
type Values struct {
	choices []int
	first   []int // index of the first prefix of each length
	values  []float64
}

// Enumerate computes the value of every prefix exactly, last decision first:
//
//	V(s) = Σ_a π(a|s)·V(s, a),    V(finished) = R
//
// The value of a prefix is also the action value Q of its last decision: the
// step that a decision takes is certain and earns nothing yet.
func (p Process) Enumerate() (*Values, error) {
	if len(p.Choices) == 0 || p.Return == nil {
		return nil, errors.New("credit: a process needs decisions and a return")
	}
	v := &Values{choices: p.Choices}
	size, all := 1, 0
	for t := 0; ; t++ {
		v.first = append(v.first, all)
		if all += size; all > mostPrefixes {
			return nil, fmt.Errorf("credit: the process has more than %d prefixes, too many to enumerate", mostPrefixes)
		}
		if t == len(p.Choices) {
			break
		}
		if p.Choices[t] < 1 {
			return nil, fmt.Errorf("credit: decision %d has %d choices, want at least 1", t, p.Choices[t])
		}
		size *= p.Choices[t]
	}
	v.values = make([]float64, all)
	_, err := v.fill(p, make([]int, 0, len(p.Choices)), 0)
	return v, err
}

// fill computes the value of a prefix, number i of its length, and of all that
// begin with it.
func (v *Values) fill(p Process, prefix []int, i int) (float64, error) {
	t, value := len(prefix), 0.0
	if t == len(p.Choices) {
		value = p.Return(prefix)
	} else {
		probs, err := p.probs(prefix)
		if err != nil {
			return 0, err
		}
		for a, prob := range probs {
			q, err := v.fill(p, append(prefix, a), i*p.Choices[t]+a)
			if err != nil {
				return 0, err
			}
			value += prob * q
		}
	}
	v.values[v.first[t]+i] = value
	return value, nil
}

// probs returns the policy after a prefix, [choices].
func (p Process) probs(prefix []int) ([]float64, error) {
	n := p.Choices[len(prefix)]
	if p.Policy != nil {
		probs := p.Policy(prefix)
		if len(probs) != n {
			return nil, fmt.Errorf("credit: policy after %v has %d probabilities, want %d", prefix, len(probs), n)
		}
		return probs, nil
	}
	probs := make([]float64, n)
	for a := range probs {
		probs[a] = 1 / float64(n)
	}
	return probs, nil
}

// At returns the value of a prefix: the expected return when the policy goes on
// from there. The empty prefix has the mean return.
func (v *Values) At(prefix []int) (float64, error) {
	i := 0
	for t, a := range prefix {
		if t >= len(v.choices) || a < 0 || a >= v.choices[t] {
			return 0, fmt.Errorf("credit: %v is no prefix of decisions with %v choices", prefix, v.choices)
		}
		i = i*v.choices[t] + a
	}
	return v.values[v.first[len(prefix)]+i], nil
}

// Levels returns the values of all prefixes by their length, [T+1]; the first
// decision changes slowest. The last level holds the returns.
func (v *Values) Levels() [][]float64 {
	out := make([][]float64, 0, len(v.first))
	for t, first := range v.first {
		end := len(v.values)
		if t+1 < len(v.first) {
			end = v.first[t+1]
		}
		out = append(out, append([]float64(nil), v.values[first:end]...))
	}
	return out
}

// Credit returns what every decision of an architecture truly earned, [T], its
// advantage under the policy:
//
//	A_t = Q(s_t, a_t) − V(s_t) = V(s_{t+1}) − V(s_t)
//
// It sums to R − V(empty): what the architecture is better than the average.
func (v *Values) Credit(actions []int) ([]float64, error) {
	if len(actions) != len(v.choices) {
		return nil, fmt.Errorf("credit: %d actions for %d decisions, want one each", len(actions), len(v.choices))
	}
	out := make([]float64, len(actions))
	before := v.values[0]
	for t := range actions {
		after, err := v.At(actions[:t+1])
		if err != nil {
			return nil, err
		}
		out[t], before = after-before, after
	}
	return out, nil
}
