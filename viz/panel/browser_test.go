package panel_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"naslab.dev/viz/panel/browser"
	"naslab.dev/viz/panel/paneltest"
)

// page adds fatal errors to a browser, so that a test reads as what a person does.
type page struct {
	*browser.Browser
	t *testing.T
}

func (p page) text(selector string) string {
	p.t.Helper()
	var s string
	p.must(p.Eval(fmt.Sprintf("document.querySelector(%q).textContent", selector), &s))
	return s
}

func (p page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err, p.Problems())
	}
}

func (p page) wait(expression string) {
	p.t.Helper()
	p.must(p.Wait(expression))
}

func (p page) key(key string, modifiers int) {
	p.t.Helper()
	p.must(p.Key(key, modifiers))
}

func (p page) click(selector string) {
	p.t.Helper()
	p.must(p.Click(selector))
}

// percent reads the heat map's row of a method as whole per cents.
func (p page) percent(method, name string) []int {
	p.t.Helper()
	var out []int
	p.must(p.Eval(fmt.Sprintf(`(() => {
		const c = document.querySelector("section[data-method=%s]");
		const name = [...c.querySelectorAll(".heat text")].find((t) => t.textContent === %q);
		const row = name.previousElementSibling.dataset.row;
		return [...c.querySelectorAll(".heat .square[data-row='" + row + "']")].map((g) => Number(g.textContent));
	})()`, method, name), &out))
	return out
}

func TestPanelShowsStepsAndLooksBack(t *testing.T) {
	s := paneltest.New(3, 100)
	p := page{fake(t, s, 1100, 830, "?theme=light"), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)

	// The numbers on the screen are the trace's, in both methods.
	for _, method := range []string{"darts", "snas"} {
		want := []int{}
		for _, v := range s.Trace(method, 100).Probs[3] {
			want = append(want, int(math.Floor(v*100+0.5)))
		}
		if got := p.percent(method, "1→3"); !slices.Equal(got, want) {
			t.Errorf("%s, edge 1→3: the screen shows %v, the trace has %v", method, got, want)
		}
	}
	if got := p.text(".equation"); strings.Contains(got, "differs") {
		t.Errorf("an exact equation is said to differ: %q", got)
	}
	p.wait(`[...document.querySelectorAll(".heat")].every((h) => // no scrollbar
		h.scrollWidth <= h.clientWidth && h.scrollHeight <= h.clientHeight)`)

	// The curves run over images or seconds too, and the note says who saw how many.
	note := `document.querySelector("#note").textContent`
	p.wait(note + ` === "up to step 100: DARTS 12,800 images in 20.0 s, SNAS 6,400 images in 10.0 s"`)
	for _, name := range []string{"images seen", "seconds"} {
		p.key("x", 0)
		p.wait(fmt.Sprintf(`document.querySelector("[data-part=chart0]").textContent.includes("by %s")`, name))
	}
	p.key("x", 0)
	p.wait(`document.querySelector("#axis").value === "steps"`)

	// Looking back sends nothing.
	p.key("ArrowLeft", 0)
	p.key("ArrowLeft", 8)
	p.wait(`document.querySelector("#clock b").textContent === "89"`)
	p.key("Home", 0)
	p.key("End", 0)
	p.wait(`document.querySelector("#clock b").textContent === "100"`)
	if posts := s.Posts(); len(posts) != 0 {
		t.Errorf("looking back sent %v", posts)
	}
	if problems := p.Problems(); len(problems) > 0 {
		t.Error("the page complained:", problems)
	}
}

func TestPanelStepsForksAndLeaves(t *testing.T) {
	s := paneltest.New(3, 100)
	p := page{fake(t, s, 1100, 830, "?theme=light"), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)

	// The key → steps at the head.
	p.key("ArrowRight", 0)
	p.wait(`document.querySelector("#clock b").textContent === "101"`)
	p.key("ArrowRight", 8)
	p.wait(`document.querySelector("#clock b").textContent === "111"`)
	if got := s.Posts(); !slices.Equal(got, []string{`step {"n":1}`, `step {"n":10}`}) {
		t.Errorf("two steps sent %v", got)
	}

	// Stepping from the past goes through at and branches off.
	p.key("ArrowLeft", 8)
	p.wait(`document.querySelector("#step").textContent === "Step from 101"`)
	p.click("#step")
	p.wait(`document.querySelector("#clock b").textContent === "102" && naslabPanel.session.head === 102`)
	if got := s.Posts()[2:]; !slices.Equal(got, []string{`at {"step":101}`, `step {"n":1}`}) {
		t.Errorf("a step from the past sent %v", got)
	}
	p.wait(`document.querySelector("#track").textContent.includes("from-101")`)

	// A branch is left by its button: the trunk is as it was.
	p.wait(`document.querySelector("#back").textContent.startsWith("Leave “from-101”")`)
	p.click("#back")
	p.wait(`naslabPanel.session.head === 111 && document.querySelector("#clock b").textContent === "111"`)
	p.wait(`document.querySelector("#back").hidden && !document.querySelector("#track").textContent.includes("from-101")`)
	if got := s.Posts()[4:]; !slices.Equal(got, []string{`back {}`}) {
		t.Errorf("leaving the branch sent %v", got)
	}
	if problems := p.Problems(); len(problems) > 0 {
		t.Error("the page complained:", problems)
	}
}

func TestPanelRunsPausesAndAsks(t *testing.T) {
	s := paneltest.New(3, 20)
	p := page{fake(t, s, 1100, 830, ""), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)
	p.key(" ", 0)
	p.wait(`document.querySelector("#pill").textContent.includes("Running") && document.querySelector("#step").disabled`)
	p.wait(`naslabPanel.look >= 24`)
	p.key(" ", 0)
	p.wait(`document.querySelector("#pill").textContent.includes("Paused")`)
	p.wait(fmt.Sprintf(`naslabPanel.look === %d`, s.Status().Step))

	// A knob is dotted until the next step; a refusal stays on the page.
	field := `#knobs input[data-key="temperature"]`
	p.must(p.Eval(`(() => { const i = document.querySelector('`+field+`'); i.focus(); i.value = "0.7"; i.blur();
		i.dispatchEvent(new Event("change", {bubbles: true})); })()`, nil))
	p.wait(`document.querySelector('` + field + `').hasAttribute("data-pending")`)
	p.key("ArrowRight", 0)
	p.wait(`!document.querySelector('` + field + `').hasAttribute("data-pending")`)
	p.must(p.Eval(`(() => { const i = document.querySelector('`+field+`'); i.value = "99";
		i.dispatchEvent(new Event("change", {bubbles: true})); })()`, nil))
	p.wait(`document.querySelector("#message").textContent.includes("must be from 0.01 to 10")`)
	p.key("Escape", 0)
	p.wait(`document.querySelector("#message").hidden`)

	// Reset asks once, and Escape takes the question back.
	before := len(s.Posts())
	p.key("r", 0)
	p.wait(`document.querySelector("#reset").textContent === "Reset to step 0?"`)
	p.key("Escape", 0)
	p.wait(`document.querySelector("#reset").textContent !== "Reset to step 0?"`)
	if len(s.Posts()) != before {
		t.Errorf("a question alone sent %v", s.Posts()[before:])
	}
	p.key("r", 0)
	p.key("r", 0)
	p.wait(`document.querySelector("#pill").textContent.includes("No session") && naslabPanel.example`)
	for _, problem := range p.Problems() {
		if !strings.Contains(problem, "409 (Conflict)") { // the refusal of the knob
			t.Error("the page complained:", problem)
		}
	}
}

func TestSelectionIsLinkedAndEscaped(t *testing.T) {
	s := paneltest.New(3, 60)
	s.Change(func(st *paneltest.Status) {
		st.Name = `<img src=x onerror="document.title='broken'">`
		st.Methods[0].Description.Label = `<b>"DARTS"</b>`
	})
	p := page{fake(t, s, 1100, 830, "?theme=dark"), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)
	p.must(p.Eval(`document.querySelector("#heat1").focus()`, nil))
	p.key("ArrowDown", 0)
	p.key("ArrowDown", 0)
	p.key("ArrowRight", 0)
	p.wait(`[...document.querySelectorAll(".tag b")].every((b) => b.textContent.startsWith("0→3"))`)
	p.wait(`new Set([...document.querySelectorAll(".tag b")].map((b) => b.textContent)).size === 1`)
	p.wait(`document.activeElement.id === "heat1"`) // the focus survives redraws
	p.key("Escape", 0)
	p.key("c", 0)
	p.wait(`document.querySelector("[data-part=heatcap]").textContent.startsWith("Reduction cell")`)
	var title, aria string
	p.must(p.Eval("document.title", &title))
	if strings.Contains(title, "broken") {
		t.Error("a name of the session ran as a script")
	}
	p.must(p.Eval(`document.querySelectorAll(".dag svg")[0].getAttribute("aria-label")`, &aria))
	if !strings.HasPrefix(aria, `<b>"DARTS"</b>, normal cell at step 60: `) {
		t.Errorf("the drawing's label is %q: a name got through as markup", aria)
	}
	for _, edge := range []string{"0→2", "1→2", "0→3", "1→3", "2→3", "0→4", "1→4", "2→4", "3→4"} {
		if !strings.Contains(aria, edge+" ") {
			t.Errorf("the drawing's label %q does not name edge %s", aria, edge)
		}
	}
}

func TestWrongGradientIsSaid(t *testing.T) {
	p := page{fake(t, paneltest.New(2, 5), 1100, 830, ""), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)
	p.must(p.Eval(`(() => { for (const row of naslabPanel.session.trace("snas", 5).grad) row.fill(1);
		naslabPanel.draw(); })()`, nil))
	p.wait(`document.querySelector("section[data-method=snas] .equation").textContent.includes("it differs from")`)
}

// The page keeps what stays the same from one step to the next, and still shows
// what it would if everything were written anew.
func TestPatchedPartsEqualNewOnes(t *testing.T) {
	p := page{fake(t, paneltest.New(3, 60), 1100, 830, ""), t}
	p.wait(`document.querySelectorAll(".heat svg").length === 2`)
	for _, act := range []string{
		"naslabPanel.goTo(55)",
		"naslabPanel.goTo(60)",
		`naslabPanel.select({cell: "reduce", name: "2→4", choice: "none"})`,
		`naslabPanel.select({cell: "normal", name: "0→2", choice: null})`,
		`document.documentElement.dataset.theme = "dark"; naslabPanel.draw()`,
	} {
		var parts, wrong []string
		p.must(p.Eval(act, nil))
		p.wait(`naslabPanel.columns.every((c) => !c.told)`) // the tables are read aloud
		p.must(p.Eval(`naslabPanel.columns.flatMap((c) => [...c.written.keys()])`, &parts))
		p.must(p.Eval(`naslabPanel.columns.flatMap((c) => [...c.written].filter(([selector, html]) => {
			const anew = c.part(selector).cloneNode(false);
			anew.innerHTML = html;
			return !anew.isEqualNode(c.part(selector));
		}).map(([selector]) => c.id + " " + selector))`, &wrong))
		if len(parts) < 12 || len(wrong) > 0 {
			t.Errorf("after %s: of %d parts %v differ from new ones", act, len(parts), wrong)
		}
	}
}

// BenchmarkClickToPaint reports the time from a click on an edge, and from a
// step shown, to the frame that is painted after it.
func BenchmarkClickToPaint(b *testing.B) {
	for _, c := range []struct{ name, act string }{
		{"select", `document.querySelectorAll(".heat .row.hit")[i % 9]
			.dispatchEvent(new MouseEvent("click", {bubbles: true}))`},
		{"look", `naslabPanel.goTo(300 + i % 10)`},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := open(b)
			var ms []float64
			err := p.Eval(`(async () => {
				const out = [];
				for (let i = 0; i < 60; i++) {
					await new Promise((done) => setTimeout(done, 30));
					const start = performance.now();
					`+c.act+`;
					await new Promise((done) => requestAnimationFrame(() => {
						const c = new MessageChannel();
						c.port1.onmessage = done;
						c.port2.postMessage(0);
					}));
					out.push(performance.now() - start);
				}
				return out.slice(10);
			})()`, &ms)
			if err != nil {
				b.Fatal(err)
			}
			sort.Float64s(ms)
			b.ReportMetric(ms[0], "ms-least")
			b.ReportMetric(ms[len(ms)/2], "ms-median")
			b.ReportMetric(ms[len(ms)*95/100], "ms-p95")
			b.ReportMetric(0, "ns/op")
		})
	}
}
