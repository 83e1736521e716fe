package lab

import "naslab.dev/nasx/search"

// disguised is a searcher under the description of the run that it goes on
// with, after [Replace]: a run keeps the description that it began with.
type disguised struct {
	search.Searcher
	as search.Description
}

// Describe returns the run's description.
func (d disguised) Describe() search.Description { return d.as }

// statefulDisguise is a disguised searcher with a state.
type statefulDisguise struct {
	disguised
	search.Stateful
}

// tunableDisguise is a disguised searcher with knobs.
type tunableDisguise struct {
	disguised
	search.Tunable
}

// fullDisguise is a disguised searcher with both.
type fullDisguise struct {
	disguised
	search.Stateful
	search.Tunable
}

// undisguiser gives the searcher inside.
type undisguiser interface{ inside() search.Searcher }

func (d disguised) inside() search.Searcher { return d.Searcher }

// undisguise returns the searcher inside a disguise, or the searcher itself.
func undisguise(searcher search.Searcher) search.Searcher {
	if hidden, ok := searcher.(undisguiser); ok {
		return hidden.inside()
	}
	return searcher
}

// disguise gives a searcher its run's description, in a replaced session only.
func (e *engine) disguise(m *method, searcher search.Searcher) search.Searcher {
	if !e.replaced || searcher == nil {
		return searcher
	}
	base := disguised{searcher, m.run.Meta().Description}
	stateful, hasState := searcher.(search.Stateful)
	tunable, hasKnobs := searcher.(search.Tunable)
	switch {
	case hasState && hasKnobs:
		return fullDisguise{base, stateful, tunable}
	case hasState:
		return statefulDisguise{base, stateful}
	case hasKnobs:
		return tunableDisguise{base, tunable}
	}
	return base
}
