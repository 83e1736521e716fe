package panel_test

import (
	"os"
	"sort"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
	"naslab.dev/viz/panel/paneltest"
)

// slow is a searcher whose steps take their time, as those of a network do.
type slow struct {
	search.Searcher
	took time.Duration
}

func (s slow) Step() (search.Trace, error) {
	time.Sleep(s.took)
	return s.Searcher.Step()
}

func (s slow) Describe() search.Description {
	d := s.Searcher.(search.Describer).Describe()
	d.ImagesPerStep, d.StepsPerEpoch = 64, 16
	return d
}

// ownStep is what a step of each of two methods takes in a benchmark.
const ownStep = 60 * time.Millisecond

// cells builds two methods on the cells of preset digits: eight operations on
// nine edges of two cells.
func cells() ([]search.Searcher, error) {
	s := space.Cells{Nodes: 3, Ops: space.DefaultOps()}
	var out []search.Searcher
	for seed := range uint64(2) {
		cfg := tabular.DefaultConfig()
		cfg.Seed = seed
		c, err := tabular.New(s, cfg)
		if err != nil {
			return nil, err
		}
		out = append(out, slow{search.Drive(c, chance{}, 800), ownStep})
	}
	return out, nil
}

// clickStep clicks Step again and again and returns for each click the
// milliseconds until the frame is painted that shows the new step in every
// column, and until the curves have it too.
const clickStep = `(async () => {
	const p = naslabPanel, out = [];
	const frame = () => new Promise((done) => requestAnimationFrame(() => {
		const c = new MessageChannel();
		c.port1.onmessage = done;
		c.port2.postMessage(0);
	}));
	const shown = (step) => document.querySelector("#clock b").textContent === String(step)
		&& [...document.querySelectorAll(".tag span")].every((s) => s.textContent === "step " + step);
	const drawn = (step) => p.columns.every((c) => c.charts[0].getOption().series
		.some((s) => s.data.length && s.data[s.data.length - 1][0] === step));
	const until = (ready) => new Promise((done, fail) => {
		const limit = setTimeout(() => fail(new Error("not within 10 s")), 10000);
		const look = () => { if (ready()) { clearTimeout(limit); watch.disconnect(); done(); } };
		const watch = new MutationObserver(look);
		watch.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
		look();
	});
	for (let i = 0; i < 25; i++) {
		await until(() => !document.querySelector("#step").disabled);
		await new Promise((done) => setTimeout(done, 400));
		const step = p.look + 1, start = performance.now();
		document.querySelector("#step").click();
		await until(() => shown(step));
		await frame();
		const ms = performance.now() - start;
		while (!drawn(step)) await frame();
		out.push([ms, performance.now() - start]);
	}
	return out.slice(5);
})()`

// BenchmarkStepToPaint reports the time from a click on Step to the frame that
// shows it, less what the steps themselves take.
func BenchmarkStepToPaint(b *testing.B) {
	if paneltest.FindBrowser() == "" || os.Getenv("NASX_DRIVER") == lab.DriverResident {
		b.Skip("no Chromium on this machine")
	}
	s := session(b, cells, 100)
	p := shown(b, s, 1100, 830, "?theme=light")
	var ms [][2]float64
	if err := p.Eval(clickStep, &ms); err != nil {
		b.Fatal(err, p.Problems())
	}
	for k, name := range []string{"painted", "curves"} {
		var all []float64
		for _, pair := range ms {
			all = append(all, pair[k]-2*float64(ownStep.Milliseconds()))
		}
		sort.Float64s(all)
		b.ReportMetric(all[len(all)/2], "ms-p50-"+name)
		b.ReportMetric(all[len(all)*95/100], "ms-p95-"+name)
	}
	b.ReportMetric(0, "ns/op")
}
