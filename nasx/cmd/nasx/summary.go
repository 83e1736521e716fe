package main

import (
	"fmt"
	"io"
	"sort"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

const summaryKey = "summary"

// summary is the result of a search. What does not exist for a method is null
// or absent.
type summary struct {
	Method string `json:"method"`
	Seed   uint64 `json:"seed"`
	Steps  int    `json:"steps"`
	Data   string `json:"data"`
	Out    string `json:"out"`

	SearchAccuracy *float64           `json:"search_accuracy,omitempty"` // fraction of the test images
	ChildAccuracy  *childAccuracy     `json:"child_accuracy,omitempty"`  // inherited weights
	TestImages     int                `json:"test_images,omitempty"`
	Entropy        map[string]float64 `json:"entropy,omitempty"` // nats per decision, by cell
	Genotype       *space.Genotype    `json:"genotype,omitempty"`
	Rule           string             `json:"rule,omitempty"` // by which Genotype was derived

	Architecture map[string]string `json:"architecture,omitempty"` // choice by decision, of methods without a genotype
	BestReward   *float64          `json:"best_reward,omitempty"`

	Parameters         int64 `json:"parameters,omitempty"`          // of the child, as trained on its own
	SupernetParameters int64 `json:"supernet_parameters,omitempty"` // of the search network

	WallSeconds    float64 `json:"wall_seconds"`    // of all processes that worked on the run
	CompileSeconds float64 `json:"compile_seconds"` // of them
}

// childAccuracy are fractions of the test images.
type childAccuracy struct {
	DARTSRule  *float64 `json:"darts_rule"`
	ArgmaxRule *float64 `json:"argmax_rule"`
}

// summarize reads the result out of the searcher and records its genotypes.
func (k work) summarize(steps int) (summary, error) {
	d := k.writer.Meta().Description
	sum := summary{Method: d.Method, Seed: d.Seed, Steps: k.writer.Finished(), Data: d.Data, Out: k.writer.Dir()}
	last, err := k.writer.Last()
	if err != nil {
		return sum, err
	}
	sum.Entropy = entropies(last.Scalars)
	if best, ok := last.Scalars[search.ScalarBest]; ok {
		sum.BestReward = &best
	}
	if t, ok := k.searcher.(search.Tester); ok {
		fmt.Fprintln(k.std.err, "measuring on the test images")
		scores, err := t.Test()
		if err != nil {
			return sum, err
		}
		sum.SearchAccuracy = pick(scores, search.ScalarSearchAccuracy)
		sum.ChildAccuracy = &childAccuracy{
			DARTSRule:  pick(scores, search.ScalarChildDARTS),
			ArgmaxRule: pick(scores, search.ScalarChildArgmax),
		}
		sum.TestImages = k.testImages()
	}
	if k.method.rule == "" {
		sum.Architecture, err = k.architecture(d.Decisions)
		return sum, err
	}
	return sum, k.derive(&sum)
}

// testImages counts the images that the method was measured on.
func (k work) testImages() int {
	im, err := k.plan.images()
	if err != nil {
		return 0
	}
	_, labels, err := im.Held(search.PartTest)
	if err != nil {
		return 0
	}
	return len(labels)
}

// derive names the child and counts it.
func (k work) derive(sum *summary) error {
	deriver, ok := k.searcher.(search.Deriver)
	if !ok {
		return fmt.Errorf("method %s names no network", k.method.name)
	}
	for _, rule := range []string{search.RuleDARTS, search.RuleArgmax} {
		g, err := deriver.Derive(rule)
		if err != nil {
			return err
		}
		if err := k.writer.Genotype(k.writer.Finished(), rule, g); err != nil {
			return err
		}
		if rule == k.method.rule {
			sum.Genotype, sum.Rule = &g, rule
		}
	}
	im, err := k.plan.images()
	if err != nil {
		return err
	}
	cfg := k.plan.network(im)
	if err := k.plan.decode(&imageConfig{Network: &cfg}); err != nil {
		return err
	}
	net, err := supernet.New(cfg)
	if err != nil {
		return err
	}
	sum.SupernetParameters = int64(net.Size())
	geometry := geometryOf(cfg)
	geometry.Affine = true
	child, err := cost.Child(*sum.Genotype, geometry)
	sum.Parameters = child.Params
	return err
}

// geometryOf is a search network's geometry for counting.
func geometryOf(cfg supernet.Config) cost.Net {
	return cost.Net{
		Cells: cfg.Cells, Channels: cfg.Channels, Stem: cfg.Stem, Reductions: cfg.Reductions,
		Height: cfg.Height, Width: cfg.Width, InputChannels: cfg.InputChannels, Classes: cfg.Classes,
	}
}

// architecture names the choices of the best architecture.
func (k work) architecture(decisions []space.Decision) (map[string]string, error) {
	arch, err := k.searcher.Best()
	if err != nil {
		return nil, err
	}
	choices := map[string]string{}
	for i, d := range decisions {
		if i < len(arch) && arch[i] >= 0 && arch[i] < len(d.Choices) {
			choices[d.Label()] = d.Choices[arch[i]]
		}
	}
	return choices, nil
}

// entropies picks the entropies by cell.
func entropies(scalars map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for key, name := range map[string]string{
		search.ScalarEntropyNormal: "normal", search.ScalarEntropyReduce: "reduce",
	} {
		if v, ok := scalars[key]; ok {
			out[name] = v
		}
	}
	if v, ok := scalars[search.ScalarEntropy]; ok && len(out) == 0 {
		out["all"] = v
	}
	return out
}

// pick returns a value that exists, or nil.
func pick(values map[string]float64, key string) *float64 {
	if v, ok := values[key]; ok {
		return &v
	}
	return nil
}

// text writes the summary for a person.
func (s summary) text(w io.Writer) {
	fmt.Fprintf(w, "%s on %s, seed %d, %d steps in %.1f s (compiling %.1f s): %s\n",
		s.Method, s.Data, s.Seed, s.Steps, s.WallSeconds, s.CompileSeconds, s.Out)
	percent := func(name string, v *float64) {
		if v != nil {
			fmt.Fprintf(w, "  %-28s %5.1f %%\n", name, 100**v)
		}
	}
	percent("search network", s.SearchAccuracy)
	if s.ChildAccuracy != nil {
		percent("child by the DARTS rule", s.ChildAccuracy.DARTSRule)
		percent("child by argmax", s.ChildAccuracy.ArgmaxRule)
		fmt.Fprintf(w, "  (%d test images, inherited weights)\n", s.TestImages)
	}
	percent("best reward", s.BestReward)
	for _, cell := range sorted(s.Entropy) {
		fmt.Fprintf(w, "  %-28s %5.2f nats per decision\n", "entropy, "+cell, s.Entropy[cell])
	}
	for _, name := range sorted(s.Architecture) {
		fmt.Fprintf(w, "  %-28s %s\n", name, s.Architecture[name])
	}
	if s.Genotype != nil {
		fmt.Fprintf(w, "  %-28s %d (search network: %d)\n", "parameters of the child", s.Parameters, s.SupernetParameters)
		fmt.Fprintf(w, "  %s\n", s.Genotype.Literal())
	}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
