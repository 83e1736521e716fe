package viz

// RuleStyle says how a rule of credit looks everywhere.
type RuleStyle struct {
	Key   string // as in the command: "tdlambda"
	Label string // as shown: "TD(λ)"
	Color Pair
}

// Rules are the rules of credit that have a colour of their own. No figure
// shows them together with operations, whose darker colours they share.
var Rules = []RuleStyle{
	{"td0", "TD(0)", Pair{"#a63e06", "#e0692a"}},
	{"nstep", "n-step", Pair{"#97508a", "#f08bc8"}},
	{"tdlambda", "TD(λ)", Pair{"#c87d00", "#ffc04d"}},
	{"mc", "Monte Carlo", Pair{"#06309a", "#3281e4"}},
	{"rudder", "RUDDER", Pair{"#15906b", "#7ff0c6"}},
}

// Rule returns the style of a rule; an unknown one is ink under its own name.
func Rule(key string) RuleStyle {
	for _, r := range Rules {
		if r.Key == key {
			return r
		}
	}
	return RuleStyle{key, clip(key, longestName), Pair{Palette.Light.Ink, Palette.Dark.Ink}}
}
