package search

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFormulaBytes = 1024 // an equation that fits a screen is far below
	maxFormulaDepth = 32   // nested parentheses, signs and powers
)

// Kinds of an [Expr].
const (
	ExprNumber = "number" // Number holds the value, Text how it was written
	ExprSymbol = "symbol" // Text holds the name, as in [Term.Symbol]
	ExprNeg    = "neg"    // −Args[0]
	ExprAdd    = "+"
	ExprSub    = "-"
	ExprMul    = "*"
	ExprDiv    = "/"
	ExprPow    = "^" // Args[0] to the power of Args[1]
)

// Expr is one node of a formula. Parentheses are not kept: whoever writes the
// formula again sets them by precedence.
type Expr struct {
	Kind   string  // one of the Expr constants
	Text   string  // of a number or a symbol
	Number float64 // of a number
	Args   []*Expr // none, one or two
}

// Formula is an equation as in [Trace.Formula].
type Formula struct {
	Left  *Expr // what is computed, for example ∂L/∂a; never evaluated
	Right *Expr // how
}

// ParseFormula reads an equation such as "∂L/∂a = Z*(g - R)/λ". It knows
// numbers, + - * / ^, the unary minus and parentheses; − counts as -, · and ×
// as *. A symbol starts with a letter or ∂ and goes on with letters, digits,
// combining marks, primes and _.
func ParseFormula(text string) (Formula, error) {
	if len(text) > maxFormulaBytes {
		return Formula{}, fmt.Errorf("search: formula has %d bytes, want at most %d", len(text), maxFormulaBytes)
	}
	p := &formulaParser{text: text}
	left, err := p.sum()
	if err == nil && !p.accept('=') {
		err = p.want("= or an operator")
	}
	var right *Expr
	if err == nil {
		right, err = p.sum()
	}
	if err == nil && p.peek() != 0 {
		err = p.want("an operator or the end")
	}
	if err != nil {
		return Formula{}, fmt.Errorf("search: formula %q, byte %d: %w", text, p.pos, err)
	}
	return Formula{Left: left, Right: right}, nil
}

// Eval computes an expression from the values of its symbols. It fails where a
// symbol has none.
func (e *Expr) Eval(values map[string]float64) (float64, error) {
	switch e.Kind {
	case ExprNumber:
		return e.Number, nil
	case ExprSymbol:
		v, ok := values[e.Text]
		if !ok {
			return 0, fmt.Errorf("search: formula's symbol %q has no term, want one of that symbol", e.Text)
		}
		return v, nil
	}
	a, err := e.Args[0].Eval(values)
	if err != nil || e.Kind == ExprNeg {
		return -a, err
	}
	b, err := e.Args[1].Eval(values)
	if err != nil {
		return 0, err
	}
	switch e.Kind {
	case ExprAdd:
		return a + b, nil
	case ExprSub:
		return a - b, nil
	case ExprMul:
		return a * b, nil
	case ExprDiv:
		return a / b, nil
	default:
		return math.Pow(a, b), nil
	}
}

// Symbols lists the symbols of an expression, each once, from left to right.
func (e *Expr) Symbols() []string {
	var names []string
	seen := map[string]bool{}
	var walk func(*Expr)
	walk = func(e *Expr) {
		if e.Kind == ExprSymbol && !seen[e.Text] {
			seen[e.Text] = true
			names = append(names, e.Text)
		}
		for _, arg := range e.Args {
			walk(arg)
		}
	}
	walk(e)
	return names
}

type formulaParser struct {
	text  string
	pos   int // of the next byte
	depth int
}

// sum reads products joined by + and -.
func (p *formulaParser) sum() (*Expr, error) {
	return p.chain(p.product, map[rune]string{'+': ExprAdd, '-': ExprSub, '−': ExprSub})
}

// product reads factors joined by * and /.
func (p *formulaParser) product() (*Expr, error) {
	return p.chain(p.factor, map[rune]string{'*': ExprMul, '·': ExprMul, '×': ExprMul, '/': ExprDiv})
}

// chain reads operands joined by operators that group to the left.
func (p *formulaParser) chain(operand func() (*Expr, error), kinds map[rune]string) (*Expr, error) {
	left, err := operand()
	for err == nil {
		kind, ok := kinds[p.peek()]
		if !ok {
			return left, nil
		}
		p.pos += utf8.RuneLen(p.peek())
		var right *Expr
		right, err = operand()
		left = &Expr{Kind: kind, Args: []*Expr{left, right}}
	}
	return nil, err
}

// factor reads a power, or its negative; ^ binds stronger than a sign before it
// and groups to the right.
func (p *formulaParser) factor() (*Expr, error) {
	if p.depth++; p.depth > maxFormulaDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxFormulaDepth)
	}
	defer func() { p.depth-- }()
	if p.accept('-') || p.accept('−') {
		arg, err := p.factor()
		return &Expr{Kind: ExprNeg, Args: []*Expr{arg}}, err
	}
	base, err := p.atom()
	if err != nil || !p.accept('^') {
		return base, err
	}
	exponent, err := p.factor()
	return &Expr{Kind: ExprPow, Args: []*Expr{base, exponent}}, err
}

// atom reads a number, a symbol or a parenthesis.
func (p *formulaParser) atom() (*Expr, error) {
	switch r := p.peek(); {
	case p.accept('('):
		inner, err := p.sum()
		if err == nil && !p.accept(')') {
			err = p.want(")")
		}
		return inner, err
	case isDigit(r):
		return p.number()
	case unicode.IsLetter(r) || r == '∂':
		start := p.pos
		p.take(func(r rune) bool {
			return unicode.IsLetter(r) || unicode.IsMark(r) || isDigit(r) || strings.ContainsRune("_'′∂", r)
		})
		return &Expr{Kind: ExprSymbol, Text: p.text[start:p.pos]}, nil
	}
	return nil, p.want("a number, a symbol or (")
}

// number reads digits with a fraction and an exponent.
func (p *formulaParser) number() (*Expr, error) {
	start := p.pos
	p.take(isDigit)
	if rest := p.text[p.pos:]; strings.HasPrefix(rest, ".") {
		p.pos++
		p.take(isDigit)
	}
	if rest := p.text[p.pos:]; rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		digits := strings.TrimLeft(rest[1:], "+-")
		if sign := len(rest) - 1 - len(digits); sign <= 1 && digits != "" && isDigit(rune(digits[0])) {
			p.pos += 1 + sign
			p.take(isDigit)
		}
	}
	text := p.text[start:p.pos]
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("number %.20s does not fit, want one below 1.8e308", text)
	}
	return &Expr{Kind: ExprNumber, Text: text, Number: v}, nil
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// take moves on while the function holds.
func (p *formulaParser) take(holds func(rune) bool) {
	for p.pos < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !holds(r) {
			return
		}
		p.pos += size
	}
}

// peek returns the next rune that is no space, 0 at the end.
func (p *formulaParser) peek() rune {
	p.take(unicode.IsSpace)
	if p.pos == len(p.text) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return r
}

func (p *formulaParser) accept(r rune) bool {
	if p.peek() != r || p.pos == len(p.text) {
		return false
	}
	_, size := utf8.DecodeRuneInString(p.text[p.pos:])
	p.pos += size
	return true
}

func (p *formulaParser) want(what string) error {
	if p.peek() == 0 && p.pos == len(p.text) {
		return fmt.Errorf("the text ends, want %s", what)
	}
	return fmt.Errorf("%.20q stands here, want %s", p.text[p.pos:], what)
}
