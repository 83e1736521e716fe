package viz

import (
	"encoding/json"
	"fmt"
	"image/color"
	"math"
	"strings"
)

// Hex is a colour as CSS writes it: "#rrggbb".
type Hex string

// RGBA returns the opaque colour; a malformed one is black.
func (h Hex) RGBA() color.RGBA {
	c := color.RGBA{A: 255}
	if len(h) == 7 {
		_, _ = fmt.Sscanf(string(h), "#%02x%02x%02x", &c.R, &c.G, &c.B)
	}
	return c
}

// Pair is one colour for both grounds.
type Pair struct {
	Light Hex `json:"light"`
	Dark  Hex `json:"dark"`
}

// On returns the colour for a dark or a light ground.
func (p Pair) On(dark bool) Hex {
	if dark {
		return p.Dark
	}
	return p.Light
}

// OpStyle says how an operation looks everywhere.
type OpStyle struct {
	Key   string `json:"key"`   // as in [space.Decision.Choices]: "sep_conv_3x3"
	Head  string `json:"head"`  // column head, at most five letters: "sep3"
	Label string `json:"label"` // on an edge: "sep 3×3"
	Name  string `json:"name"`  // in a legend: "sep conv 3×3"
	Color Pair   `json:"color"`
}

// MethodStyle says how a search method looks everywhere.
type MethodStyle struct {
	Key   string `json:"key"`   // as in search.Description.Method
	Label string `json:"label"` // as shown
	Color Pair   `json:"color"`
	Dash  bool   `json:"dash"` // a variant that shares its colour with another
}

// Tokens are the colours that name no operation and no method.
type Tokens struct {
	Bg      Hex `json:"bg"`       // ground
	Panel   Hex `json:"panel"`    // tool bar, input nodes
	Line    Hex `json:"line"`     // grid, rules
	Ink     Hex `json:"ink"`      // text
	Ink2    Hex `json:"ink2"`     // captions, axes
	Ink3    Hex `json:"ink3"`     // notes, borders
	Sel     Hex `json:"sel"`      // the one accent: this edge
	SelLine Hex `json:"sel_line"` // its outline
	Heat    Hex `json:"heat"`     // a probability of 0.6 and more
}

// Table is the one table of colours of figures and panel.
type Table struct {
	Ops     []OpStyle     `json:"ops"`
	Methods []MethodStyle `json:"methods"`
	Light   Tokens        `json:"light"`
	Dark    Tokens        `json:"dark"`
}

// Palette is the table of colours. The smallest CIEDE2000 distance between two
// operations, over normal vision and simulated protanopia, deuteranopia and
// tritanopia, is 12.0 on the light ground and 7.7 on the dark one.
var Palette = Table{
	Ops: []OpStyle{
		{"none", "none", "none", "none", Pair{"#8b93a1", "#7d8694"}},
		{"max_pool_3x3", "max", "max pool", "max pool 3×3", Pair{"#005440", "#12a57c"}},
		{"avg_pool_3x3", "avg", "avg pool", "avg pool 3×3", Pair{"#15906b", "#7ff0c6"}},
		{"skip_connect", "skip", "skip", "skip connect", Pair{"#97508a", "#f08bc8"}},
		{"sep_conv_3x3", "sep3", "sep 3×3", "sep conv 3×3", Pair{"#3795ec", "#6dcbff"}},
		{"sep_conv_5x5", "sep5", "sep 5×5", "sep conv 5×5", Pair{"#06309a", "#3281e4"}},
		{"dil_conv_3x3", "dil3", "dil 3×3", "dil conv 3×3", Pair{"#c87d00", "#ffc04d"}},
		{"dil_conv_5x5", "dil5", "dil 5×5", "dil conv 5×5", Pair{"#a63e06", "#e0692a"}},
		// Other spaces; convolutions share the family hue of the separable ones.
		{"nor_conv_1x1", "conv1", "conv 1×1", "conv 1×1", Pair{"#3795ec", "#6dcbff"}},
		{"nor_conv_3x3", "conv3", "conv 3×3", "conv 3×3", Pair{"#06309a", "#3281e4"}},
		{"identity", "skip", "identity", "identity", Pair{"#97508a", "#f08bc8"}},
	},
	Methods: []MethodStyle{
		{"darts", "DARTS", Pair{"#b3213f", "#ff7b92"}, false},
		{"darts2", "DARTS 2nd order", Pair{"#b3213f", "#ff7b92"}, true},
		{"snas", "SNAS", Pair{"#4b3fc4", "#a79fff"}, false},
		{"enas", "ENAS", Pair{"#0b7285", "#4fc3d8"}, false},
		{"enas-ppo", "ENAS (PPO)", Pair{"#0b7285", "#4fc3d8"}, true},
		{"enas-micro", "ENAS (micro)", Pair{"#0b7285", "#4fc3d8"}, false},
		{"nao", "NAO", Pair{"#6b7f00", "#c3d64a"}, false},
		{"irlas", "IRLAS", Pair{"#8a4b00", "#e0a860"}, false},
		{"pathlevel", "PathLevel-EAS", Pair{"#a3369b", "#f0a0e8"}, true},
		{"evolution", "evolution", Pair{"#3a2a16", "#f3dfc6"}, false},
		{"random", "random", Pair{"#68707d", "#8d95a3"}, false},
		{"tabular", "tabular", Pair{"#15181d", "#e9ecf1"}, false},
		{"suspect", "the suspect", Pair{"#b3213f", "#ff7b92"}, false}, // a lesson's controller with a fault
	},
	Light: Tokens{"#ffffff", "#f5f6f8", "#d9dde3", "#15181d", "#4a5260", "#68707d", "#ffe27a", "#15181d", "#1e242e"},
	Dark:  Tokens{"#14171c", "#1b1f26", "#343a45", "#e9ecf1", "#b3bac6", "#8d95a3", "#6b5a12", "#ffe27a", "#cdd4e0"},
}

// PaletteJSON returns [Palette] as one JSON object with the keys "ops",
// "methods", "light" and "dark". It is safe inside a script element.
func PaletteJSON() []byte {
	out, err := json.Marshal(Palette)
	if err != nil { // a table of strings always encodes
		return []byte("{}")
	}
	return out
}

// Op returns the style of an operation. An unknown one is drawn in the grey of
// notes and keeps its own name.
func (t Table) Op(key string) OpStyle {
	for _, op := range t.Ops {
		if op.Key == key {
			return op
		}
	}
	name := strings.ReplaceAll(key, "_", " ")
	return OpStyle{key, clip(name, 5), clip(name, 14), clip(name, 28), Pair{t.Light.Ink3, t.Dark.Ink3}}
}

// Method returns the style of a method; an unknown one is ink under its own
// name.
func (t Table) Method(key string) MethodStyle {
	for _, m := range t.Methods {
		if m.Key == key {
			return m
		}
	}
	return MethodStyle{key, clip(key, longestName), Pair{t.Light.Ink, t.Dark.Ink}, false}
}

// Tokens returns the colours of the dark or the light ground.
func (t Table) Tokens(dark bool) Tokens {
	if dark {
		return t.Dark
	}
	return t.Light
}

// Tone maps a probability to ink from 0 (ground) to 1 (full): nothing at or
// below chance = 1/K, everything from 0.6 on.
func Tone(p, chance float64) float64 {
	const full, gamma = 0.6, 0.65
	if !(chance < full) {
		return 0
	}
	return math.Pow(clamp((p-chance)/(full-chance), 0, 1), gamma)
}

// mix returns the colour between a (t = 0) and b (t = 1) in sRGB.
func mix(a, b Hex, t float64) Hex {
	x, y := a.RGBA(), b.RGBA()
	f := func(u, v uint8) uint8 { return uint8(math.Round(float64(u) + (float64(v)-float64(u))*clamp(t, 0, 1))) }
	return Hex(fmt.Sprintf("#%02x%02x%02x", f(x.R, y.R), f(x.G, y.G), f(x.B, y.B)))
}

func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(high, v)) }

// clip shortens s to n letters, the last of which is then an ellipsis.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
