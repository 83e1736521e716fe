package datasets

import "errors"

// States of an [Entry].
const (
	StateBuiltIn    = "built in"     // part of the program
	StateVerified   = "verified"     // byte for byte what was published
	StatePartial    = NotePartial    // fewer images than were published
	StateUnverified = NoteUnverified // complete, but not byte for byte
	StateMissing    = "missing"      // [Get] fetches it
	StateDamaged    = "damaged"      // Problem says how
)

// Entry is what is known of one named set on this machine.
type Entry struct {
	Name     string `json:"name"`     // as in [Names]
	Title    string `json:"title"`    // as people write it
	Train    int    `json:"train"`    // training images, here or, where missing, as published
	Test     int    `json:"test"`     // test images, likewise
	Height   int    `json:"height"`   // pixels
	Width    int    `json:"width"`    // pixels
	Channels int    `json:"channels"` // 1 or 3
	Classes  int    `json:"classes"`
	Download int64  `json:"download_bytes"`    // what [Get] fetches on a fresh machine
	State    string `json:"state"`             // one of the constants above
	Where    string `json:"where,omitempty"`   // folder
	Problem  string `json:"problem,omitempty"` // one sentence, where State is damaged
}

// List reads and checks all named sets that are on this machine and returns one
// entry for each, in the order of [Names]. With the four large sets in place it
// takes some seconds.
func List(o Options) []Entry {
	set, err := loadDigits()
	first := Entry{Name: digitsName, Title: "Digits", State: StateBuiltIn}
	if err != nil {
		first.State, first.Problem = StateDamaged, err.Error()
	} else {
		im := set.Train
		first.Train, first.Test = im.Len(), set.Test.Len()
		first.Height, first.Width, first.Channels, first.Classes = im.Height, im.Width, im.Channels, im.Classes
	}
	out := []Entry{first}
	for i := range catalog {
		out = append(out, catalog[i].entry(o))
	}
	return out
}

func (s *spec) entry(o Options) Entry {
	e := Entry{
		Name: s.name, Title: s.title, Train: s.train.records, Test: s.test.records,
		Height: s.height, Width: s.width, Channels: s.channels, Classes: len(s.classes),
		Download: s.download(), State: StateVerified,
	}
	found, err := s.find(o)
	if errors.Is(err, ErrMissing) {
		e.State = StateMissing
		return e
	}
	e.Where = found.dir
	train, test, note, err := s.open(found)
	if err != nil {
		e.State, e.Problem = StateDamaged, err.Error()
		return e
	}
	e.Train, e.Test = len(train.labels), len(test.labels)
	if note != "" {
		e.State = note
	}
	return e
}
