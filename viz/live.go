package viz

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"naslab.dev/viz/echarts"
)

// Live is a chart for a notebook's cell: a picture that stands by itself, and a
// script that puts an ECharts chart in its place where scripts may run and the
// page has the library (see [Header]).
type Live struct {
	ID     string // of the element; different in each output, as pages share it
	Div    string // HTML: the element with the PNG in it
	Script string // JavaScript: swaps in the chart
	Option string // JSON: what ECharts draws; safe inside a script element
	PNG    []byte // the static figure
}

// HTML returns the whole output of a cell.
func (l Live) HTML() string { return l.Div + "\n<script>" + l.Script + "</script>\n" }

// Header returns the HTML that gives a notebook ECharts without a network: one
// script element, to be shown once, in the first cell.
func Header() string { return "<script>" + string(echarts.Shadowed()) + "</script>\n" }

// Measures of a live chart in pixels.
const (
	liveHeight = 320
	liveTop    = 44
	liveBottom = 40
)

// Live returns the figure as a chart for a cell.
func (a Accuracies) Live() (Live, error) {
	ch, err := accuracyChart(a.Runs, a.X, a.Dark)
	if err != nil {
		return Live{}, err
	}
	return newLive(a, a.Caption, "Accuracy of search and child, held-out images", ch)
}

// Live returns the figure as a chart for a cell.
func (e Entropies) Live() (Live, error) {
	ch, err := entropyChart(e.Runs, e.X, e.Dark)
	if err != nil {
		return Live{}, err
	}
	return newLive(e, e.Caption, "Entropy, nats per decision", ch)
}

// newLive makes the parts of an output. The chart never moves: with animation
// on, a chart that is updated shows values that were never computed.
func newLive(f Figure, c Caption, title string, ch *chart) (Live, error) {
	if c.Title == "" {
		c.Title = title
	}
	option, err := liveOption(c, ch)
	if err != nil {
		return Live{}, err
	}
	var png bytes.Buffer
	if err := f.PNG(&png); err != nil {
		return Live{}, err
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return Live{}, fmt.Errorf("viz: name for a live chart: %w", err)
	}
	l := Live{ID: "nas-" + hex.EncodeToString(id), Option: string(option), PNG: png.Bytes()}
	l.Div = fmt.Sprintf(liveDiv, l.ID, html.EscapeString(f.Alt()), html.EscapeString(f.Alt()), int(bodyWidth+2*margin),
		base64.StdEncoding.EncodeToString(l.PNG))
	fill := strings.NewReplacer("@ID@", l.ID, "@OPTION@", l.Option, "@HEIGHT@", fmt.Sprint(liveHeight))
	l.Script = fill.Replace(liveScript)
	return l, nil
}

// liveDiv takes the ID, the alternative text twice, the width and the picture.
const liveDiv = `<div id="%s" role="img" aria-label="%s">` +
	`<img alt="%s" style="max-width:100%%" width="%d" src="data:image/png;base64,%s"></div>`

// liveScript waits for the library for ten seconds, then swaps the picture for
// the chart, and leaves the picture if anything fails.
const liveScript = `(function(){
var option=@OPTION@,tries=0;
function go(){
  var host=document.getElementById("@ID@");
  if(!host)return;
  if(!window.echarts){if(++tries<100)setTimeout(go,100);return;}
  var box=document.createElement("div"),picture=host.firstChild;
  box.style.cssText="width:100%;height:@HEIGHT@px";
  host.appendChild(box);
  try{
    var chart=window.echarts.init(box,null,{renderer:"svg"});
    chart.setOption(option);
    if(picture)picture.style.display="none";
    if(window.ResizeObserver)new ResizeObserver(function(){chart.resize();}).observe(box);
  }catch(e){host.removeChild(box);}
}
go();
})();`

// liveOption builds the option with go-echarts and adds what that has no words
// for: labels at the ends of lines, and a tooltip that is text, not HTML. The
// result is plain JSON: go-echarts' marker for functions has no meaning in it,
// and is broken up besides.
func liveOption(c Caption, ch *chart) ([]byte, error) {
	tok := Palette.Tokens(c.Dark)
	line := charts.NewLine()
	axis := func(show bool) *opts.AxisLine { return &opts.AxisLine{Show: opts.Bool(show)} }
	label := &opts.AxisLabel{Color: string(tok.Ink2), FontSize: labelSize}
	line.SetGlobalOptions(
		charts.WithAnimation(false),
		charts.WithTitleOpts(opts.Title{
			Title:      plain(c.Title),
			TitleStyle: &opts.TextStyle{Color: string(tok.Ink), FontSize: titleSize},
		}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithXAxisOpts(opts.XAxis{
			Type: "value", Name: ch.axes.xName, Min: ch.axes.x0, Max: ch.axes.x1, NameLocation: "middle", NameGap: 24,
			AxisLabel: label, SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Type: "value", Min: ch.axes.y0, Max: ch.axes.y1, AxisLine: axis(false), AxisLabel: label,
			SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: string(tok.Line)}},
		}),
	)
	for _, l := range ch.lines {
		data := make([]opts.LineData, len(l.x))
		for i := range l.x {
			data[i] = opts.LineData{Value: []float64{l.x[i], l.y[i]}}
		}
		style := opts.LineStyle{Color: string(l.color), Width: float32(l.width())}
		if l.dash {
			style.Type = "dashed"
		}
		line.AddSeries(plain(l.name), data, charts.WithLineStyleOpts(style),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: string(l.color)}),
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}))
	}
	line.Validate()
	return finishOption(line.JSON(), ch, tok)
}

// finishOption adds to go-echarts' option, by way of JSON.
func finishOption(built map[string]any, ch *chart, tok Tokens) ([]byte, error) {
	raw, err := json.Marshal(built)
	if err != nil {
		return nil, fmt.Errorf("viz: encode a live chart: %w", err)
	}
	var option map[string]any
	if err := json.Unmarshal(raw, &option); err != nil {
		return nil, fmt.Errorf("viz: encode a live chart: %w", err)
	}
	option["backgroundColor"] = string(tok.Bg)
	option["grid"] = map[string]any{"left": 44, "right": ch.labelRoom() + 12, "top": liveTop, "bottom": liveBottom}
	if axes, ok := option["yAxis"].([]any); ok && len(axes) == 1 && len(ch.axes.yTicks) > 1 {
		if y, ok := axes[0].(map[string]any); ok {
			y["min"], y["max"] = tidy(ch.axes.y0), tidy(ch.axes.y1)
			y["interval"] = tidy(ch.axes.yTicks[1] - ch.axes.yTicks[0])
		}
	}
	shifts := ch.shifts()
	if tip, ok := option["tooltip"].(map[string]any); ok {
		tip["renderMode"] = "richText"
		tip["transitionDuration"] = 0
	}
	list, ok := option["series"].([]any)
	if !ok || len(list) != len(ch.lines) {
		return nil, fmt.Errorf("viz: live chart has %d series, want %d", len(list), len(ch.lines))
	}
	for i, one := range list {
		series, ok := one.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("viz: series %d of a live chart is no object", i)
		}
		labelEnd(series, ch.lines[i], shifts[i])
		if i == 0 && ch.rule > 0 {
			series["markLine"] = map[string]any{
				"silent": true, "symbol": "none", "animation": false,
				"lineStyle": map[string]any{"color": string(tok.Ink3), "type": "dotted"},
				"label":     map[string]any{"formatter": ch.named, "color": string(tok.Ink3), "position": "insideStartTop"},
				"data":      []any{map[string]any{"yAxis": ch.rule}},
			}
		}
	}
	return json.Marshal(option) // escapes <, > and &
}

// labelEnd names a series at the end of its line.
func labelEnd(series map[string]any, l curveLine, shift float64) {
	weight := "normal"
	if l.heavy {
		weight = "bold"
	}
	series["animation"] = false
	series["endLabel"] = map[string]any{
		"show": true, "formatter": literal(l.label), "color": string(l.color),
		"fontSize": labelSize, "fontWeight": weight, "offset": []float64{0, shift},
	}
}

// shifts returns how far each end label must move so that no two touch.
func (ch *chart) shifts() []float64 {
	a := ch.axes
	a.field = box{0, liveTop, 1, liveHeight - liveBottom}
	wish := make([]float64, len(ch.lines))
	for i, l := range ch.lines {
		wish[i] = a.at(0, l.last()).y
	}
	out := apart(wish, 1.25*labelSize, liveTop-6, liveHeight-liveBottom)
	for i := range out {
		out[i] = math.Round(out[i] - wish[i])
	}
	return out
}

// tidy removes what binary fractions add to a decimal one.
func tidy(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// literal keeps ECharts from reading a label as a template.
func literal(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(plain(s)) }

// plain breaks up go-echarts' marker for functions in a text.
func plain(s string) string { return strings.ReplaceAll(s, "__f__", "__ f__") }
