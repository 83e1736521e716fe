package nb

import (
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/search"
	"naslab.dev/viz"
)

// Equation shows the equation of an update for one choice of one decision:
// in symbols, and below it with the numbers of the trace; then a table of what
// the symbols mean. The error says that the trace has no equation, or no such
// place.
func Equation(t search.Trace, decision, choice int) error {
	terms, value, err := t.Explain(decision, choice)
	if err != nil {
		return fmt.Errorf("nb: step %d: %w", t.Step, err)
	}
	formula, err := search.ParseFormula(t.Formula)
	if err != nil {
		return fmt.Errorf("nb: step %d: %w", t.Step, err)
	}
	numbers := map[string]string{}
	rows := make([][]string, 0, len(terms)+2)
	for _, term := range terms {
		numbers[term.Symbol] = texNumber(term.Value)
		rows = append(rows, []string{term.Symbol, term.Meaning, viz.Real(term.Value)})
	}
	if decision < len(t.Grad) && choice < len(t.Grad[decision]) {
		rows = append(rows, []string{"gradient", "as the trace stores it", viz.Real(t.Grad[decision][choice])})
	}
	if decision < len(t.Update) && choice < len(t.Update[decision]) {
		rows = append(rows, []string{"update", "what the optimizer added to " + moved(formula.Left), viz.Real(t.Update[decision][choice])})
	}
	output.markdown("$$\\begin{aligned}" + tex(formula.Left, 0, nil) + " &= " + tex(formula.Right, 0, nil) +
		"\\\\ &= " + tex(formula.Right, 0, numbers) + "\\\\ &= " + texNumber(value) + "\\end{aligned}$$")
	return Table("", []string{"symbol", "meaning", fmt.Sprintf("value at step %d", t.Step)}, rows)
}

// moved names what an update was added to, by the left side of its equation:
// ∂L/∂a is about a logit.
func moved(left *search.Expr) string {
	if left.Kind != search.ExprDiv {
		return "the logit"
	}
	switch symbol := strings.TrimPrefix(left.Args[1].Text, "∂"); symbol {
	case "a", "α", "":
		return "the logit"
	default:
		return symbol
	}
}

// Precedences of what an expression may stand in.
const (
	inSum = iota
	inProduct
	inSign
	inPower
)

// tex writes an expression in TeX; symbols with a number in values are replaced
// by it. Parentheses are set where the expression binds weaker than its place.
func tex(e *search.Expr, place int, values map[string]string) string {
	own := inPower
	var s string
	arg := func(i, place int) string { return tex(e.Args[i], place, values) }
	switch e.Kind {
	case search.ExprNumber:
		return texText(e.Text)
	case search.ExprSymbol:
		if v, ok := values[e.Text]; ok {
			if strings.HasPrefix(v, "-") || strings.Contains(v, `\cdot`) {
				return `\left(` + v + `\right)`
			}
			return v
		}
		return texSymbol(e.Text)
	case search.ExprNeg:
		own, s = inSign, "-"+arg(0, inSign)
	case search.ExprAdd:
		own, s = inSum, arg(0, inSum)+" + "+arg(1, inSum)
	case search.ExprSub:
		own, s = inSum, arg(0, inSum)+" - "+arg(1, inProduct)
	case search.ExprMul:
		sign := `\,`
		if values != nil {
			sign = ` \cdot `
		}
		own, s = inProduct, arg(0, inProduct)+sign+arg(1, inSign)
	case search.ExprDiv:
		return `\frac{` + arg(0, inSum) + `}{` + arg(1, inSum) + `}`
	default:
		s = arg(0, inPower+1) + "^{" + arg(1, inSum) + "}"
	}
	if own < place {
		return `\left(` + s + `\right)`
	}
	return s
}

// texNumber writes a number with three digits.
func texNumber(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return texText(fmt.Sprint(v))
	}
	mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.2e", v), "e")
	var power int
	if _, err := fmt.Sscanf(exponent, "%d", &power); err != nil {
		return texText(fmt.Sprint(v))
	}
	if power >= -3 && power <= 3 { // as viz.Real does
		return fmt.Sprintf("%.*f", max(2-power, 0), v)
	}
	return fmt.Sprintf(`%s \cdot 10^{%d}`, mantissa, power)
}

// texSymbols are the letters that have a name in TeX.
var texSymbols = strings.NewReplacer(
	"∂", `\partial `, "λ", `\lambda `, "η", `\eta `, "ξ", `\xi `, "π", `\pi `, "α", `\alpha `, "β", `\beta `,
	"γ", `\gamma `, "δ", `\delta `, "θ", `\theta `, "τ", `\tau `, "ε", `\varepsilon `, "σ", `\sigma `, "μ", `\mu `,
	"ρ", `\rho `,
)

// texSymbol writes a symbol with its subscript.
func texSymbol(name string) string {
	base, sub, found := strings.Cut(name, "_")
	if !found {
		return texSymbols.Replace(texText(base))
	}
	return texSymbols.Replace(texText(base)) + "_{" + texSymbols.Replace(texText(strings.ReplaceAll(sub, "_", ""))) + "}"
}

// texText keeps letters, digits and the few signs that symbols and numbers are
// made of, so that nothing in a trace can become a command.
func texText(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`\{}$^&#%~<>_`, r) {
			return -1
		}
		return r
	}, s)
}
