package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"naslab.dev/nasx/search"
)

// sameSearch names the first value in which the searcher that a program built
// is not the one that a run was made with. What is only shown (label, note) and
// what is only planned (steps) may differ.
func sameSearch(built, stored search.Description) error {
	pick := func(d search.Description) (any, error) {
		raw, err := json.Marshal(map[string]any{
			"method": d.Method, "seed": d.Seed, "data": d.Data, "config": d.Config,
			"space": d.Space, "decisions": d.Decisions,
		})
		if err != nil {
			return nil, fmt.Errorf("description: %w", err)
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber() // seeds do not fit into a float64
		var value any
		err = dec.Decode(&value)
		return value, err
	}
	got, err := pick(built)
	if err != nil {
		return err
	}
	want, err := pick(stored)
	if err != nil {
		return err
	}
	if place, a, b, differ := difference("", got, want); differ {
		return fmt.Errorf("%s is %s in this program, but %s in the run", place, short(a), short(b))
	}
	return nil
}

// difference walks two decoded JSON values and returns the first place where
// they differ.
func difference(place string, a, b any) (where string, va, vb any, differ bool) {
	ma, oka := a.(map[string]any)
	mb, okb := b.(map[string]any)
	if oka && okb {
		keys := slices.Sorted(maps.Keys(ma))
		for key := range mb {
			if _, ok := ma[key]; !ok {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			inner := key
			if place != "" {
				inner = place + "." + key
			}
			if where, va, vb, differ = difference(inner, ma[key], mb[key]); differ {
				return where, va, vb, true
			}
		}
		return "", nil, nil, false
	}
	la, oka := a.([]any)
	lb, okb := b.([]any)
	if oka && okb && len(la) == len(lb) {
		for i := range la {
			if where, va, vb, differ = difference(fmt.Sprintf("%s[%d]", place, i), la[i], lb[i]); differ {
				return where, va, vb, true
			}
		}
		return "", nil, nil, false
	}
	ja, _ := json.Marshal(a)
	jb, _ := json.Marshal(b)
	return place, a, b, string(ja) != string(jb)
}

// short prints a JSON value in a sentence.
func short(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "unknown"
	}
	if v == nil {
		return "absent"
	}
	return fmt.Sprintf("%.80s", raw)
}
