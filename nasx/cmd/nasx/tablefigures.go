package main

import (
	"fmt"
	"io"
	"strings"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

// figure is a mean over seeds with the standard deviation of one seed.
type figure struct {
	Mean float64  `json:"mean"`
	SD   *float64 `json:"sd"` // null for a single seed
}

func figureOf(values []float64) *figure {
	mean, sd := bench.MeanSD(values)
	if len(values) < 2 {
		return &figure{Mean: mean}
	}
	return &figure{mean, &sd}
}

// repeated is the result of a search over seeds. Accuracies are fractions, of
// the architecture with the highest reward that each search saw.
type repeated struct {
	Method  string  `json:"method"`
	Policy  string  `json:"policy,omitempty"` // where it was chosen
	Data    string  `json:"data"`
	Budget  int     `json:"budget"`            // queries, 0 where only seconds end a search
	Seconds float64 `json:"seconds,omitempty"` // simulated
	Seeds   int     `json:"seeds"`
	Queries *figure `json:"queries"` // made by a search

	CIFAR10Test   *figure `json:"cifar10_test,omitempty"`
	CIFAR100Test  *figure `json:"cifar100_test,omitempty"`
	ImageNetTest  *figure `json:"imagenet16_test,omitempty"`
	CIFAR10Valid  *figure `json:"cifar10_valid,omitempty"`
	CIFAR100Valid *figure `json:"cifar100_valid,omitempty"`
	ImageNetValid *figure `json:"imagenet16_valid,omitempty"`
	TrueAccuracy  *figure `json:"true_accuracy,omitempty"` // of a benchmark that reports nothing else

	// Published are means that papers list, see [bench.Published].
	Published map[string]float64 `json:"published,omitempty"`
}

// protocolTask is the data of the table protocol.
const protocolTask = "nb201:cifar10"

const (
	keyQueries = "queries"
	keyTrue    = "true_accuracy"
)

// slot is a figure's key, as a benchmark reports it, and its place.
type slot struct {
	key   string
	value **figure
}

func (r *repeated) slots() []slot {
	return []slot{
		{keyQueries, &r.Queries},
		{"cifar10_test", &r.CIFAR10Test},
		{"cifar100_test", &r.CIFAR100Test},
		{"imagenet16_test", &r.ImageNetTest},
		{"cifar10_valid", &r.CIFAR10Valid},
		{"cifar100_valid", &r.CIFAR100Valid},
		{"imagenet16_valid", &r.ImageNetValid},
		{keyTrue, &r.TrueAccuracy},
	}
}

// text writes the figures for a person.
func (r *repeated) text(w io.Writer) {
	limit := fmt.Sprintf("%d queries", r.Budget)
	if r.Budget == 0 {
		limit = fmt.Sprintf("%g simulated seconds", r.Seconds)
	}
	seeds := fmt.Sprintf("%d seeds", r.Seeds)
	if r.Seeds == 1 {
		seeds = "1 seed"
	}
	fmt.Fprintf(w, "%s on %s, %s, %s\n", strings.TrimSpace(r.Method+" "+r.Policy), r.Data, limit, seeds)
	head := ""
	if r.Published != nil {
		head = "published"
	}
	fmt.Fprintf(w, "  %-18s %8s %8s  %s\n", "", "mean", "sd", head)
	for _, s := range r.slots() {
		f := *s.value
		if f == nil {
			continue
		}
		scale, unit, deviation := 100.0, "%", "–"
		if s.key == keyQueries {
			scale, unit = 1, ""
		}
		if f.SD != nil {
			deviation = fmt.Sprintf("%.2f", scale**f.SD)
		}
		published := ""
		if v, ok := r.Published[s.key]; ok {
			published = fmt.Sprintf("%9.2f", 100*v)
		}
		name := strings.ReplaceAll(s.key, "_", " ")
		line := fmt.Sprintf("  %-18s %8.2f %8s %-1s %s", name, scale*f.Mean, deviation, unit, published)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	if r.Published != nil {
		fmt.Fprintln(w, "  published: means that papers list for 12,000 simulated seconds, with the benchmark's single trainings")
	}
}

// judge fills the figures in from the answers of all searches.
func (r *repeated) judge(b bench.Benchmark, outcomes []bench.Outcome) error {
	values := map[string][]float64{}
	for _, o := range outcomes {
		report, err := reportOn(b, o.Arch)
		if err != nil {
			return err
		}
		report[keyQueries] = float64(o.Queries)
		for key, v := range report {
			values[key] = append(values[key], v)
		}
	}
	for _, s := range r.slots() {
		if list, ok := values[s.key]; ok {
			*s.value = figureOf(list)
		}
	}
	return nil
}

// reportOn returns all figures of an architecture, as fractions.
func reportOn(b bench.Benchmark, arch space.Arch) (map[string]float64, error) {
	if judged, ok := b.(interface {
		Report(arch space.Arch) (map[string]float64, error)
	}); ok {
		return judged.Report(arch)
	}
	accuracy, err := b.Accuracy(arch)
	return map[string]float64{keyTrue: accuracy}, err
}
