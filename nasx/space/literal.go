package space

import (
	"fmt"
	"strconv"
	"strings"
)

// Literal writes the genotype in the Python form of the references. Space and
// Edges are not part of it; [ParseGenotype] infers them.
func (g Genotype) Literal() string {
	return fmt.Sprintf("Genotype(normal=%s, normal_concat=%s, reduce=%s, reduce_concat=%s)",
		literalLinks(g.Normal), literalInts(g.NormalConcat), literalLinks(g.Reduce), literalInts(g.ReduceConcat))
}

func literalLinks(links []Link) string {
	parts := make([]string, len(links))
	for i, l := range links {
		parts[i] = fmt.Sprintf("('%s', %d)", l.Op, l.From)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func literalInts(list []int) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = strconv.Itoa(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// literal reads the Python form with one symbol of look-ahead.
type literal struct {
	text string
	pos  int // of the next byte
}

// parseLiteral reads the Python form without checking what it says.
func parseLiteral(data []byte) (Genotype, error) {
	p := &literal{text: string(data)}
	g, err := p.genotype()
	if err != nil {
		return Genotype{}, fmt.Errorf("space: genotype, byte %d: %w", p.pos, err)
	}
	return g, nil
}

func (p *literal) genotype() (Genotype, error) {
	var g Genotype
	name := p.word()
	if p.accept('=') {
		name = p.word()
	}
	if name != "Genotype" || !p.accept('(') {
		return g, p.want("Genotype(")
	}
	links := map[string]*[]Link{"normal": &g.Normal, "reduce": &g.Reduce}
	concats := map[string]*[]int{"normal_concat": &g.NormalConcat, "reduce_concat": &g.ReduceConcat}
	for !p.accept(')') {
		field := p.word()
		if !p.accept('=') {
			return g, p.want("a field such as normal=")
		}
		var err error
		if into := links[field]; into != nil {
			*into, err = p.links()
		} else if into := concats[field]; into != nil {
			*into, err = p.concat()
		} else {
			return g, fmt.Errorf("field %.40q is unknown or stands twice, want normal, normal_concat, reduce, reduce_concat",
				field)
		}
		if err != nil {
			return g, err
		}
		delete(links, field)
		delete(concats, field)
		if !p.accept(',') && p.peek() != ')' {
			return g, p.want("a comma or )")
		}
	}
	if len(links)+len(concats) > 0 {
		return g, fmt.Errorf("fields are missing, want normal, normal_concat, reduce and reduce_concat")
	}
	if p.peek() != 0 {
		return g, p.want("the end")
	}
	return g, nil
}

// links reads [('op', 0), …].
func (p *literal) links() ([]Link, error) {
	list := []Link{}
	err := p.sequence(func() error {
		pair, fields := Link{}, 0
		err := p.sequence(func() error {
			var err error
			switch fields {
			case 0:
				pair.Op, err = p.quoted()
			case 1:
				pair.From, err = p.number()
			default:
				err = p.want(") after a pair")
			}
			fields++
			return err
		})
		if err == nil && fields != 2 {
			err = p.want("a pair such as ('sep_conv_3x3', 0)")
		}
		list = append(list, pair)
		return err
	})
	return list, err
}

// concat reads a list of nodes, or range(from, to) or range(to).
func (p *literal) concat() ([]int, error) {
	if p.peek() == '[' || p.peek() == '(' {
		return p.numbers()
	}
	if p.word() != "range" {
		return nil, p.want("a list of nodes or range(2, 6)")
	}
	bounds, err := p.numbers()
	if err != nil {
		return nil, err
	}
	if len(bounds) == 1 {
		bounds = []int{0, bounds[0]}
	}
	if len(bounds) != 2 || bounds[1] > inputs+maxNodes {
		return nil, fmt.Errorf("range has arguments %v, want two and the second at most %d", bounds, inputs+maxNodes)
	}
	nodes := []int{}
	for node := bounds[0]; node < bounds[1]; node++ {
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// numbers reads whole numbers in parentheses or brackets.
func (p *literal) numbers() ([]int, error) {
	list := []int{}
	err := p.sequence(func() error {
		v, err := p.number()
		list = append(list, v)
		return err
	})
	return list, err
}

// sequence reads a list or tuple whose items the function reads; a comma may
// follow the last one.
func (p *literal) sequence(item func() error) error {
	closing := byte(']')
	if !p.accept('[') {
		if closing = ')'; !p.accept('(') {
			return p.want("[ or (")
		}
	}
	for !p.accept(closing) {
		if err := item(); err != nil {
			return err
		}
		if !p.accept(',') && p.peek() != closing {
			return p.want("a comma or " + string(closing))
		}
	}
	return nil
}

// peek returns the next byte that is no space, 0 at the end.
func (p *literal) peek() byte {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *literal) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

// word reads a name; "" where none stands.
func (p *literal) word() string {
	p.peek()
	start := p.pos
	for p.pos < len(p.text) && checkOpName(p.text[p.pos:p.pos+1]) == nil {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *literal) quoted() (string, error) {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		return "", p.want("an operation in quotes")
	}
	p.pos++
	end := strings.IndexByte(p.text[p.pos:], quote)
	if end < 0 {
		return "", p.want("a closing quote")
	}
	name := p.text[p.pos : p.pos+end]
	p.pos += end + 1
	return name, nil
}

func (p *literal) number() (int, error) {
	text := p.word()
	v, err := strconv.Atoi(text)
	if err != nil || v > 1<<16 {
		return 0, p.want("a node's number")
	}
	return v, nil
}

func (p *literal) want(what string) error {
	if p.peek() == 0 {
		return fmt.Errorf("the text ends, want %s", what)
	}
	return fmt.Errorf("%.20q stands here, want %s", p.text[p.pos:], what)
}
