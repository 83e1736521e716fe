package viz

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// missing stands where there is no number.
const missing = "–"

// Minus replaces hyphens before digits by real minus signs.
func Minus(s string) string {
	if strings.HasPrefix(s, "-") {
		return "−" + s[1:]
	}
	return s
}

// fixed formats v with a fixed number of places, a real minus sign, and no
// minus before a zero.
func fixed(v float64, places int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return missing
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return Minus(s)
}

// Accuracy formats a fraction with three places: "0.993".
func Accuracy(v float64) string { return fixed(v, 3) }

// Nats formats an entropy with two places: "2.01".
func Nats(v float64) string { return fixed(v, 2) }

// Prob formats a probability for an edge, two places without a leading zero:
// ".24", and "1.0" from 0.995 on.
func Prob(p float64) string {
	if p >= 0.995 {
		return "1.0"
	}
	return strings.TrimPrefix(fixed(p, 2), "0")
}

// Percent formats a probability for a cell of a table in whole per cent: "24".
func Percent(p float64) string { return fixed(100*p, 0) }

// Credit formats a credit in thousandths with one place and its sign: "+11.5".
func Credit(v float64) string { return signed(1000*v, 1) }

// signed formats v with a fixed number of places and its sign; 0 has none.
func signed(v float64, places int) string {
	s := fixed(v, places)
	if s == missing || strings.HasPrefix(s, "−") || strings.Trim(s, "0.") == "" {
		return s
	}
	return "+" + s
}

// Real formats any other number with three significant digits: "0.515",
// "12,300", "5.85·10⁻⁴". Powers of ten begin below 0.001 and from 100,000 on.
func Real(v float64) string {
	const digits = 3
	a := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return missing
	case v == 0:
		return "0"
	case a < 0.999_5e-3 || a >= 99_950:
		return Minus(scientific(v, digits))
	}
	exponent := int(math.Floor(math.Log10(a)))
	places := digits - 1 - exponent
	if round, err := strconv.ParseFloat(strconv.FormatFloat(a, 'e', digits-1, 64), 64); err == nil {
		places = digits - 1 - int(math.Floor(math.Log10(round)))
		a = round
	}
	s := Thousands(strconv.FormatFloat(a, 'f', max(places, 0), 64))
	if v < 0 {
		s = "−" + s
	}
	return s
}

// short writes a number of an axis with at most three digits that count and no
// zeros behind its point: "0.25", "1,000".
func short(v float64) string {
	const digits = 3
	round, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', digits-1, 64), 64)
	if err != nil || round == 0 { // and not −0
		return "0"
	}
	return Minus(Thousands(strconv.FormatFloat(round, 'f', -1, 64)))
}

// scientific writes v as "5.85·10⁻⁴" with that many digits.
func scientific(v float64, digits int) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return mantissa
	}
	return mantissa + "·" + Power(n)
}

// Power writes a power of ten with a raised exponent: "10⁻³".
func Power(n int) string {
	raised := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var b strings.Builder
	b.WriteString("10")
	for _, r := range strconv.Itoa(n) {
		if r == '-' {
			b.WriteRune('⁻')
			continue
		}
		b.WriteRune(raised[r-'0'])
	}
	return b.String()
}

// Count writes a whole number with thousands separated by commas: "1,000".
func Count(n int) string { return Minus(Thousands(strconv.Itoa(n))) }

// Thousands puts commas into the whole part of a plain decimal number.
func Thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, found := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		return sign + whole + "." + rest
	}
	return sign + whole
}

// Seconds writes a duration with one place, "3.1 s", and whole milliseconds
// below one second, "142 ms".
func Seconds(d time.Duration) string {
	if d.Abs() < time.Second {
		return Minus(strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10)) + " ms"
	}
	return fixed(d.Seconds(), 1) + " s"
}

// EdgeName names an edge: "0→2".
func EdgeName(from, to int) string { return fmt.Sprintf("%d→%d", from, to) }

// ParseEdge reads an edge's name. Both ends lie in 0 … 99 and from < to.
func ParseEdge(name string) (from, to int, err error) {
	const most = 99
	a, b, found := strings.Cut(name, "→")
	from, errFrom := strconv.Atoi(a)
	to, errTo := strconv.Atoi(b)
	if !found || errFrom != nil || errTo != nil || from < 0 || to <= from || to > most {
		return 0, 0, fmt.Errorf("viz: decision %q is no edge, want a name such as \"0→2\"", clip(name, 40))
	}
	return from, to, nil
}
