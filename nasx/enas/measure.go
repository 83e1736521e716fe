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
// node by the probabilities along them, and [RuleBest] tries samples.
func (s *Searcher) Derive(rule string) (space.Genotype, error) {
	likely, err := s.controller.Best()
	if err != nil {
		return space.Genotype{}, err
	}
	switch rule {
	case search.RuleArgmax:
		return space.DeriveArgmax(space.OneHot(s.cells.Decisions(), likely), s.cells)
	case search.RuleDARTS:
		probs, err := s.controller.Probs(likely)
		if err != nil {
			return space.Genotype{}, err
		}
		return space.DeriveDARTS(probs, s.cells)
	case RuleBest:
		arch, _, err := s.BestOf(s.cfg.BestOf)
		if err != nil {
			return space.Genotype{}, fmt.Errorf("enas: %w", err)
		}
		return space.DeriveArgmax(space.OneHot(s.cells.Decisions(), arch), s.cells)
	}
	return space.Genotype{}, fmt.Errorf("enas: rule of derivation is %.20q, want %q, %q or %q",
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
		_, accuracy, err := s.engine.Evaluate(s.weights, pixels, labels, space.OneHot(s.cells.Decisions(), arch))
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
// and those of the children by the two rules that need no trial, with the weights
// as they are. Each is measured in one batch.
func (s *Searcher) measure(part, purpose string, when int, into map[string]float64) error {
	pixels, labels, err := s.batches.Held(part)
	if err != nil {
		return fmt.Errorf("images of %s: %w", part, err)
	}
	accuracy := func(z [][]float64) (float64, error) {
		_, accuracy, err := s.engine.Evaluate(s.weights, pixels, labels, z)
		return accuracy, err
	}
	sum := 0.0
	for i := range s.cfg.Samples {
		arch := s.controller.sample(purpose, when*s.cfg.Samples+i)
		a, err := accuracy(space.OneHot(s.cells.Decisions(), arch))
		if err != nil {
			return fmt.Errorf("sample %d on %s: %w", i, part, err)
		}
		sum += a
	}
	into[search.ScalarSearchAccuracy] = sum / float64(s.cfg.Samples)
	for rule, name := range map[string]string{
		search.RuleDARTS:  search.ScalarChildDARTS,
		search.RuleArgmax: search.ScalarChildArgmax,
	} {
		if into[name], err = s.child(rule, accuracy); err != nil {
			return fmt.Errorf("%s on %s: %w", name, part, err)
		}
	}
	return nil
}

// child measures the child of one rule.
func (s *Searcher) child(rule string, accuracy func(z [][]float64) (float64, error)) (float64, error) {
	genotype, err := s.Derive(rule)
	if err != nil {
		return 0, err
	}
	z, err := genotype.Matrix(s.cells)
	if err != nil {
		return 0, err
	}
	return accuracy(z)
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
	result[ScalarChildBest], err = s.child(RuleBest, func(z [][]float64) (float64, error) {
		_, accuracy, err := s.engine.Evaluate(s.weights, pixels, labels, z)
		return accuracy, err
	})
	if err != nil {
		return nil, fmt.Errorf("enas: test: %w", err)
	}
	return result, nil
}
