package lesson_test

import (
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/notebooks/lesson"
)

func TestDigitsIsThePreset(t *testing.T) {
	images, engine, err := lesson.Digits(1) // fails without XLA
	if err != nil {
		t.Fatal(err)
	}
	train, validation, test := images.Counts()
	if train != 1000 || validation != 300 || test != 497 {
		t.Errorf("got %d, %d and %d images, want 1000, 300 and 497", train, validation, test)
	}
	if engine.Network().Size() == 0 {
		t.Error("the network has no weights")
	}
	pair, err := lesson.Pair(5)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"darts", "snas"} {
		d := pair[i].(search.Describer).Describe()
		if d.Method != want || d.Seed != 5 || d.Steps != 800 || d.Data != "digits" || len(d.Decisions) != 18 {
			t.Errorf("%s, seed %d, plans %d steps on %s with %d decisions, want %s, seed 5, 800 on digits with 18",
				d.Method, d.Seed, d.Steps, d.Data, len(d.Decisions), want)
		}
	}
}

func TestTableNeedsNoImages(t *testing.T) {
	searchers, err := lesson.Table(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range searchers {
		for range 5 {
			if _, err := s.Step(); err != nil {
				t.Fatal(err)
			}
		}
		d := s.(search.Describer).Describe()
		if d.Steps != 300 || d.Seed != 3 {
			t.Errorf("%s plans %d steps with seed %d, want 300 with 3", d.Method, d.Steps, d.Seed)
		}
	}
}
