package finished

// rewarded holds ENAS, which learns from rewards alone, to what the paper's
// figures show: it begins more slowly than SNAS and does not end above it. There
// is no criterion where no seed has both.
func rewarded() ([]Criterion, error) {
	sampling, err := All("snas")
	if err != nil {
		return nil, err
	}
	paid, err := All("enas")
	if err != nil {
		return nil, err
	}
	sampling, paid = common(sampling, paid)
	if len(paid) == 0 {
		return nil, nil
	}
	earlySampling, err := early(sampling)
	if err != nil {
		return nil, err
	}
	earlyPaid, err := early(paid)
	if err != nil {
		return nil, err
	}
	parent := func(s Search) float64 { return s.Final.Search }
	return slower(earlySampling, earlyPaid, Each(sampling, parent), Each(paid, parent)), nil
}

// slower are the inequalities on search accuracies of equally many seeds, as
// fractions: early and at the end, of SNAS and of ENAS.
func slower(earlySampling, earlyPaid, sampling, paid []float64) []Criterion {
	const percent = 100
	return []Criterion{
		held("after epoch 3: SNAS − ENAS, search networks", "mean > 0", "points",
			between(earlySampling, earlyPaid, percent), func(mean, _, _ float64) bool { return mean > 0 }),
		held("at the end: ENAS − SNAS, search networks", "mean ≤ +1", "points",
			between(paid, sampling, percent), func(mean, _, _ float64) bool { return mean <= 1 }),
	}
}
