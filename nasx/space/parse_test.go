package space_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/space"
)

// small is a good genotype of one node; each case below breaks one thing.
const small = "Genotype(normal=[('skip_connect', 0), ('sep_conv_3x3', 1)], normal_concat=[2], " +
	"reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)], reduce_concat=[2])"

func TestParserAcceptsHarmlessVariants(t *testing.T) {
	want, err := space.ParseGenotype([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"'", `"`},
		{"=[2]", "=range(2, 3)"},
		{"=[2]", "=(2,)"},
		{", ", ",\n\t"},
		{")]", "),]"},
		{"('skip_connect', 0)", "['skip_connect', 0]"},
		{"Genotype(", "\n MY_CELL=Genotype ("},
	} {
		text := strings.ReplaceAll(small, change[0], change[1])
		got, err := space.ParseGenotype([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestParserNamesPlaceAndExpectation(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"empty", " \n", "empty"},
		{"another function", strings.Replace(small, "Genotype", "Genome", 1), "want Genotype("},
		{"unknown field", strings.Replace(small, "reduce_concat", "reduction", 1), `"reduction" is unknown`},
		{"missing field", strings.Replace(small, ", reduce_concat=[2]", "", 1), "missing"},
		{"field twice", strings.Replace(small, "reduce_concat", "normal_concat", 1), "twice"},
		{"unknown operation", strings.Replace(small, "sep_conv_3x3", "sep_conv_9x9", 1), `"sep_conv_9x9", want one of none`},
		{"operation without quotes", strings.Replace(small, "'skip_connect'", "skip_connect", 1), "quotes"},
		{"open quote", "Genotype(normal=[('skip", "closing quote"},
		{"input after the node", strings.Replace(small, "3x3', 1", "3x3', 2", 1), "normal node 2 reads node 2"},
		{"negative input", strings.Replace(small, "3x3', 1", "3x3', -1", 1), "node's number"},
		{"edge twice", strings.Replace(small, "3x3', 1", "3x3', 0", 1), "twice"},
		{"three links", strings.Replace(small, "1)]", "1), ('none', 1)]", 1), "3 links in the normal"},
		{"a triple", strings.Replace(small, "3x3', 1", "3x3', 1, 1", 1), "after a pair"},
		{"a lonely operation", strings.Replace(small, "3x3', 1", "3x3'", 1), "want a pair"},
		{"concat of a node that is not", strings.Replace(small, "[2]", "[3]", 1), "concat names node 3"},
		{"huge range", strings.Replace(small, "[2]", "range(0, 999999999)", 1), "stands here"},
		{"concat twice", strings.Replace(small, "[2]", "[2, 2]", 1), "different nodes"},
		{"range too far", strings.Replace(small, "[2]", "range(2, 60000)", 1), "at most 34"},
		{"empty concat", strings.Replace(small, "[2]", "[]", 1), "concat is empty"},
		{"cut", small[:len(small)-1], "the text ends"},
		{"text behind", small + " x", "want the end"},
		{"too long", small + strings.Repeat(" ", 65<<10), "at most 65536"},
		{"JSON cut", `{"normal": [["none", 0]`, "in JSON"},
		{"JSON link", `{"normal": [["none"]]}`, "want a pair"},
		{"JSON link's operation", `{"normal": [[1, 1]]}`, "a name in quotes"},
		{"JSON link's input", `{"normal": [["none", 1.5]]}`, "whole number"},
		{"JSON field", `{"normals": []}`, "normals"},
		{"JSON edges", `{"edges": "top3"}`, `want "top2" or "all"`},
		{"JSON text behind", `{} {}`, "want the end"},
		{"JSON nothing", `{}`, "0 links"},
	} {
		_, err := space.ParseGenotype([]byte(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.want)
		}
		if err != nil && (len(err.Error()) > 400 || !strings.HasPrefix(err.Error(), "space: ")) {
			t.Errorf("%s: error %q, want one short sentence of package space", tc.name, err)
		}
	}
}

func FuzzParseGenotype(f *testing.F) {
	for _, g := range space.Published() {
		text, _ := json.Marshal(g)
		f.Add(text)
		f.Add([]byte(g.Literal()))
	}
	f.Add([]byte(small))
	f.Add([]byte(`Genotype(normal=range(1),`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := space.ParseGenotype(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		back, err := space.ParseGenotype(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(g, back); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		cells := space.Cells{Nodes: g.Nodes(), Ops: space.DefaultOps()}
		if _, err := g.Matrix(cells); err != nil && g.Space == space.NameDARTS {
			t.Fatalf("a valid genotype has no matrix: %v", err)
		}
		_ = g.String()
	})
}
