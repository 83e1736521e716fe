package space

// Published cells of four nodes, from the public code of [DARTS] and [SNAS].
// Each call returns a fresh value.

// DARTSV1 returns the cells that first-order [DARTS] found on CIFAR-10.
func DARTSV1() Genotype {
	return published(EdgesTop2,
		[]Link{
			{OpSep3, 1},
			{OpSep3, 0},
			{OpSkip, 0},
			{OpSep3, 1},
			{OpSkip, 0},
			{OpSep3, 1},
			{OpSep3, 0},
			{OpSkip, 2},
		},
		[]Link{
			{OpMaxPool, 0},
			{OpMaxPool, 1},
			{OpSkip, 2},
			{OpMaxPool, 0},
			{OpMaxPool, 0},
			{OpSkip, 2},
			{OpSkip, 2},
			{OpAvgPool, 0},
		})
}

// DARTSV2 returns the cells that second-order [DARTS] found on CIFAR-10.
func DARTSV2() Genotype {
	return published(EdgesTop2,
		[]Link{
			{OpSep3, 0},
			{OpSep3, 1},
			{OpSep3, 0},
			{OpSep3, 1},
			{OpSep3, 1},
			{OpSkip, 0},
			{OpSkip, 0},
			{OpDil3, 2},
		},
		[]Link{
			{OpMaxPool, 0},
			{OpMaxPool, 1},
			{OpSkip, 2},
			{OpMaxPool, 1},
			{OpMaxPool, 0},
			{OpSkip, 2},
			{OpSkip, 2},
			{OpMaxPool, 1},
		})
}

// SNASMild returns the cells that [SNAS] found with its mild resource
// constraint. The parameters of this published list do not meet the figure in
// the paper's table, so it may be another run's.
func SNASMild() Genotype {
	return published(EdgesTop2,
		[]Link{
			{OpSep3, 0},
			{OpSep3, 1},
			{OpSkip, 0},
			{OpDil3, 1},
			{OpSkip, 0},
			{OpSkip, 1},
			{OpSkip, 0},
			{OpSep3, 1},
		},
		[]Link{
			{OpMaxPool, 0},
			{OpMaxPool, 1},
			{OpMaxPool, 1},
			{OpSkip, 2},
			{OpMaxPool, 1},
			{OpSkip, 2},
			{OpMaxPool, 0},
			{OpDil5, 2},
		})
}

// SNASModerate returns the cells that [SNAS] found with its moderate resource
// constraint.
func SNASModerate() Genotype {
	return published(EdgesTop2,
		[]Link{
			{OpDil5, 0},
			{OpSkip, 1},
			{OpSep3, 0},
			{OpSkip, 1},
			{OpSkip, 0},
			{OpSkip, 1},
			{OpSep3, 0},
			{OpDil5, 1},
		},
		[]Link{
			{OpMaxPool, 0},
			{OpMaxPool, 1},
			{OpSep5, 0},
			{OpDil5, 1},
			{OpSep5, 0},
			{OpSep5, 1},
			{OpSep5, 0},
			{OpSep5, 1},
		})
}

// SNASAggressive returns the cells that [SNAS] found with its aggressive
// resource constraint: two nodes of the reduction cell have no input, and none
// reads the cell before.
func SNASAggressive() Genotype {
	return published(EdgesAll,
		[]Link{
			{OpSep5, 0},
			{OpSkip, 1},
			{OpSkip, 0},
			{OpSkip, 1},
			{OpNone, 2},
			{OpSkip, 0},
			{OpDil5, 1},
			{OpNone, 2},
			{OpNone, 3},
			{OpSkip, 0},
			{OpDil5, 1},
			{OpNone, 2},
			{OpNone, 3},
			{OpNone, 4},
		},
		[]Link{
			{OpSep5, 0},
			{OpNone, 1},
			{OpSep5, 0},
			{OpNone, 1},
			{OpNone, 2},
			{OpNone, 0},
			{OpNone, 1},
			{OpNone, 2},
			{OpNone, 3},
			{OpNone, 0},
			{OpNone, 1},
			{OpNone, 2},
			{OpNone, 3},
			{OpNone, 4},
		})
}

// Published returns the published genotypes by the names of their sources.
func Published() map[string]Genotype {
	return map[string]Genotype{
		"DARTS_V1":        DARTSV1(),
		"DARTS_V2":        DARTSV2(),
		"SNAS_mild":       SNASMild(),
		"SNAS_moderate":   SNASModerate(),
		"SNAS_aggressive": SNASAggressive(),
	}
}

func published(edges string, normal, reduce []Link) Genotype {
	return Genotype{
		Space: NameDARTS, Edges: edges,
		Normal: normal, NormalConcat: allNodes(4),
		Reduce: reduce, ReduceConcat: allNodes(4),
	}
}
