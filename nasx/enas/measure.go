package enas

import (
	"fmt"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// RuleBest is the rule of [ENAS]: sample [SearchConfig.BestOf] architectures and
// take the one with the highest accuracy on the validation images.
const RuleBest = "best"

// ScalarChildBest is the accuracy of the child by [RuleBest], a fraction.
const ScalarChildBest = "child_best"

// Derive implements [search.Deriver]: [search.RuleArgmax] takes the likeliest
// choices one after the other, [search.RuleDARTS] the two strongest inputs per
// node by the probabilities along them, and [RuleBest] tries samples. In the micro
// space nodes have two inputs anyway, and the first two rules are one.
func (s *Searcher) Derive(rule string) (space.Genotype, error) {
	genotype, _, err := s.derive(rule)
	return genotype, err
}

// derive names the child of a rule, with its rows z.
func (s *Searcher) derive(rule string) (space.Genotype, [][]float64, error) {
	likely, err := s.controller.Best()
	if err != nil {
		return space.Genotype{}, nil, err
	}
	cells, edges := s.network.(onCells)
	switch {
	case rule == search.RuleArgmax, rule == search.RuleDARTS && !edges:
		return s.network.child(likely)
	case rule == search.RuleDARTS:
		probs, err := s.controller.Probs(likely)
		if err != nil {
			return space.Genotype{}, nil, err
		}
		return cells.strongest(probs)
	case rule == RuleBest:
		arch, _, err := s.BestOf(s.cfg.BestOf)
		if err != nil {
			return space.Genotype{}, nil, fmt.Errorf("enas: %w", err)
		}
		return s.network.child(arch)
	}
	return space.Genotype{}, nil, fmt.Errorf("enas: rule of derivation is %.20q, want %q, %q or %q",
		rule, search.RuleDARTS, search.RuleArgmax, RuleBest)
}

// BestOf samples n architectures with the policy as it is and returns the one with
// the highest accuracy, a fraction, on the validation images; the first among
// equals.
func (s *Searcher) BestOf(n int) (space.Arch, float64, error) {
	pixels, labels, err := s.batches.Held(search.PartValidation)
	if err != nil {
		return nil, 0, fmt.Errorf("images of %s: %w", search.PartValidation, err)
	}
	var best space.Arch
	highest := -1.0
	for i := range n {
		arch := s.controller.sample("best", i)
		accuracy, err := s.weights.accuracy(pixels, labels, space.OneHot(s.decisions, arch))
		if err != nil {
			return nil, 0, err
		}
		if accuracy > highest {
			best, highest = arch, accuracy
		}
	}
	return best, highest, nil
}

// measure adds accuracies on a held-out part: the mean of sampled architectures,
// and those of the children by the rules that need no trial, with the weights
// as they are. Each is measured in one batch.
func (s *Searcher) measure(part, purpose string, when int, into map[string]float64) error {
	pixels, labels, err := s.batches.Held(part)
	if err != nil {
		return fmt.Errorf("images of %s: %w", part, err)
	}
	sum := 0.0
	for i := range s.cfg.Samples {
		arch := s.controller.sample(purpose, when*s.cfg.Samples+i)
		a, err := s.weights.accuracy(pixels, labels, space.OneHot(s.decisions, arch))
		if err != nil {
			return fmt.Errorf("sample %d on %s: %w", i, part, err)
		}
		sum += a
	}
	into[search.ScalarSearchAccuracy] = sum / float64(s.cfg.Samples)
	names := map[string]string{search.RuleArgmax: search.ScalarChildArgmax}
	if _, edges := s.network.(onCells); edges {
		names[search.RuleDARTS] = search.ScalarChildDARTS
	}
	for rule, name := range names {
		if into[name], err = s.child(rule, pixels, labels); err != nil {
			return fmt.Errorf("%s on %s: %w", name, part, err)
		}
	}
	return nil
}

// child measures the child of one rule on a batch.
func (s *Searcher) child(rule string, pixels []float32, labels []int32) (float64, error) {
	_, z, err := s.derive(rule)
	if err != nil {
		return 0, err
	}
	return s.weights.accuracy(pixels, labels, z)
}

// Test implements [search.Tester]. It adds [ScalarChildBest]: chosen on the
// validation images, measured on the test images like the others.
func (s *Searcher) Test() (map[string]float64, error) {
	result := map[string]float64{}
	if err := s.measure(search.PartTest, "test", s.step, result); err != nil {
		return nil, fmt.Errorf("enas: test: %w", err)
	}
	pixels, labels, err := s.batches.Held(search.PartTest)
	if err != nil {
		return nil, fmt.Errorf("enas: test: %w", err)
	}
	result[ScalarChildBest], err = s.child(RuleBest, pixels, labels)
	if err != nil {
		return nil, fmt.Errorf("enas: test: %w", err)
	}
	return result, nil
}
