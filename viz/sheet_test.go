package viz

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

var update = flag.Bool("update", false, "write the golden files anew")

// look draws a figure without a file and returns what was written on it.
func look(t *testing.T, f drawn) (labels []label, w, h float64) {
	t.Helper()
	sh, err := f.sheet()
	if err != nil {
		t.Fatal(err)
	}
	s, err := sh.render(func(width, height float64) vg.Canvas {
		w, h = width, height
		return new(recorder.Canvas)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.labels, w, h
}

func TestNoTwoLabelsTouchAndNoneLeavesItsSheet(t *testing.T) {
	for name, f := range allFigures(t) {
		labels, w, h := look(t, f)
		sheet := box{0, 0, w, h}
		for i, a := range labels {
			if !sheet.holds(point{a.box.x0, a.box.y0}) || !sheet.holds(point{a.box.x1, a.box.y1}) {
				t.Errorf("%s: %q leaves the sheet: %+v of %v × %v", name, a.text, a.box, w, h)
			}
			for _, b := range labels[:i] {
				if a.box.overlaps(b.box) {
					t.Errorf("%s: %q and %q touch: %+v, %+v", name, a.text, b.text, a.box, b.box)
				}
			}
		}
	}
}

// words returns all text of an SVG and the names of its elements, read by
// encoding/xml, which knows nothing of how it was written.
func words(t *testing.T, svg []byte) (text string, elements map[string]int) {
	t.Helper()
	elements = map[string]int{}
	var all strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all.String(), elements
		}
		if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			elements[v.Name.Local]++
		case xml.CharData:
			all.Write(v)
			all.WriteByte('\n')
		}
	}
}

func svgOf(t *testing.T, f Figure) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFiguresSayWhatTheyShow(t *testing.T) {
	figures := allFigures(t)
	for name, want := range map[string][]string{
		"cell 3": {
			"SNAS, normal cell", "concat(2, 3, 4)", "k−2", "k−1", "sep conv 5×5", "dil conv 3×3",
			"snas · digits 8×8 · seed 1 · 40 updates",
		},
		"DARTS_V2 normal": {"skip", "sep 3×3", "dil 3×3", "concat(2, 3, 4, 5)"},
		"accuracy":        {"0.25", "1.00", "updates", "40", "DARTS search 0.980", "SNAS child 0.990"},
		"entropy": {
			"images seen", "2,560", "ln 8", "DARTS, normal 1.88", "SNAS, reduction 1.78", "entropy axis starts at 1.",
		},
		"after":       {"mean of 3 seeds", "0.985", "0.255", "DARTS", "child"},
		"comparison":  {"Accuracy", "Entropy", "After search", "DARTS", "SNAS"},
		"heat 3":      {"from 0", "to 4", "0→2", "chance, 1/8", "0.6 and above", "sep3"},
		"credit 3":    {"harms", "helps", "±", "−R, first-order Taylor term", "Clear of zero by two errors"},
		"evolution 3": {"epoch 10", "λ", "entropy", "child"},
		"difference":  {"only in one", "only in another", "→", "max pool 3×3"},
		"space":       {"18 decisions, 1.80·1016architectures", "Normal cell", "Reduction cell", "skip"},
	} {
		text, _ := words(t, svgOf(t, figures[name]))
		for _, w := range want {
			if !strings.Contains(strings.ReplaceAll(text, "\n", ""), w) {
				t.Errorf("%s does not say %q", name, w)
			}
		}
		if alt := figures[name].Alt(); len(alt) < 40 {
			t.Errorf("%s: alternative text is only %q", name, alt)
		}
	}
}

func TestPNGHasTwoPixelsForEachOfTheSVG(t *testing.T) {
	f := allFigures(t)["cell 2"]
	var b bytes.Buffer
	if err := f.PNG(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 400<<10 {
		t.Errorf("PNG has %d bytes, want at most 400 KB", b.Len())
	}
	img, err := png.DecodeConfig(&b)
	if err != nil {
		t.Fatal(err)
	}
	_, w, h := look(t, f)
	if img.Width != int(2*w) || img.Height != int(2*h) || w != 932 {
		t.Errorf("PNG is %d × %d, want twice %v × %v", img.Width, img.Height, w, h)
	}
	if !bytes.HasPrefix(svgOf(t, f), []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="932" `)) {
		t.Error("SVG is not 932 pixels wide")
	}
}

func TestHostileLabelsStayText(t *testing.T) {
	const evil = `</script><script>alert(1)</script>"'&<img src=x onerror=a>__f__`
	c, err := CellOfProbs([]space.Decision{
		{Name: "0→2", Cell: evil, Choices: []string{evil, "none"}},
		{Name: "1→2", Cell: evil, Choices: []string{evil, "none"}},
	}, evil, [][]float64{{0.7, 0.3}, {0.2, 0.8}})
	if err != nil {
		t.Fatal(err)
	}
	c.Title, c.Note, c.Repro = evil, evil, evil
	text, elements := words(t, svgOf(t, c))
	if elements["script"]+elements["img"] > 0 {
		t.Errorf("a label became an element: %v", elements)
	}
	if strings.Count(text, "<script>alert(1)") < 3 {
		t.Errorf("title, note and reproduction line are not all there as text: %q", text)
	}
	run := testRun("darts", 2)
	run.About.Label = evil
	live, err := Accuracies{Caption: Caption{Title: evil}, Runs: []Run{run}}.Live()
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(live.Option, "<>&") || strings.Contains(live.Option, "__f__") {
		t.Errorf("the option is not safe in a script: %s", live.Option)
	}
	if n := strings.Count(strings.ToLower(live.HTML()), "<script"); n != 1 {
		t.Errorf("the output has %d scripts, want 1", n)
	}
	if strings.Contains(live.Div, "onerror=a>") {
		t.Error("the element is not escaped")
	}
}

func TestNothingToDrawIsASentence(t *testing.T) {
	none := Run{About: search.Description{Label: "SNAS", Decisions: testDecisions(2)}}
	blank := none
	blank.Traces = []search.Trace{{Step: 1}}
	for name, f := range map[string]Figure{
		"cell": Cell{}, "heat": Heat{}, "heat of no probabilities": Heat{Run: blank, Cell: "normal"},
		"accuracy": Accuracies{}, "accuracy without traces": Accuracies{Runs: []Run{none}},
		"entropy": Entropies{}, "entropy of nothing": Entropies{Runs: []Run{blank}},
		"after": AfterSearch{}, "comparison": Comparison{}, "credit": Credits{}, "evolution": Evolution{Run: none},
		"difference": Difference{Cell: "normal"}, "space": SpaceTable{},
		"images of a run that has none": Accuracies{Runs: []Run{none}, X: AxisImages},
		"more than four":                Accuracies{Runs: make([]Run, 5)},
	} {
		var b bytes.Buffer
		for kind, err := range map[string]error{"SVG": f.SVG(&b), "PNG": f.PNG(&b)} {
			if err == nil || !strings.Contains(err.Error(), "viz: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s as %s: got error %v, want one sentence of package viz", name, kind, err)
			}
		}
		if b.Len() > 0 || f.Alt() != "" {
			t.Errorf("%s: something was written", name)
		}
	}
	if _, err := CreditsOfRun(blank, "normal", 0, 0); err == nil {
		t.Error("credit of a run without credit is no error")
	}
	if _, err := CellOfProbs(testDecisions(2), "normal", [][]float64{{1}}); err == nil {
		t.Error("one row for many decisions is no error")
	}
}

var number = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?`)

// alike compares two SVGs: the same but for numbers that differ by no more than
// a fiftieth of a pixel, as processors round differently.
func alike(a, b []byte) bool {
	if !bytes.Equal(number.ReplaceAll(a, []byte("#")), number.ReplaceAll(b, []byte("#"))) {
		return false
	}
	x, y := number.FindAll(a, -1), number.FindAll(b, -1)
	for i := range x {
		u, errU := strconv.ParseFloat(string(x[i]), 64)
		v, errV := strconv.ParseFloat(string(y[i]), 64)
		if errU != nil || errV != nil || math.Abs(u-v) > 0.02 {
			return false
		}
	}
	return true
}

func TestGoldenCells(t *testing.T) {
	figures := allFigures(t)
	for _, name := range []string{"cell 3", "DARTS_V2 normal"} {
		path := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".svg")
		got := svgOf(t, figures[name])
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !alike(got, want) {
			t.Errorf("%s differs from %s; look at both, then run with -update", name, path)
		}
	}
}
