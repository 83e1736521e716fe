package client

import (
	"encoding/json"
	"fmt"
)

// States of [Status.State].
const (
	StateEmpty     = "empty"     // no step has been made
	StateCompiling = "compiling" // building, compiling or restoring; see [Status.Compiling]
	StateRunning   = "running"   // steps are being made
	StatePaused    = "paused"    // waiting for a command
	StateEnded     = "ended"     // stopped; opening the session again resumes it
	StateError     = "error"     // a step failed; At and Reset lead out of it
)

// Status is what a session is at one moment.
type Status struct {
	Name      string     `json:"name"`
	State     string     `json:"state"`     // one of the State constants
	Message   string     `json:"message"`   // the sentence of an error or of the end; what is compiled
	Compiling *Compiling `json:"compiling"` // nil while nothing is compiled
	Step      int        `json:"step"`      // finished steps that the methods stand at
	Head      int        `json:"head"`      // recorded steps; more than Step after going back
	Steps     int        `json:"steps"`     // planned steps, 0 without a plan
	Speed     float64    `json:"speed"`     // steps a second asked for, 0: as fast as possible
	StepMS    float64    `json:"step_ms"`   // median of the last steps, milliseconds for all methods together
	Methods   []Method   `json:"methods"`
	Events    []Event    `json:"events"`
	Versions  Versions   `json:"versions"`
}

// Compiling says what takes so long.
type Compiling struct {
	What        string  `json:"what"`
	Seconds     float64 `json:"seconds"`      // since it began
	LastSeconds float64 `json:"last_seconds"` // how long it took the last time, 0 if unknown
	Alike       bool    `json:"alike"`        // LastSeconds is of another search by the same method: an estimate
	Restoring   bool    `json:"restoring"`    // nothing new is compiled: searchers are built again or put back
}

// Method is one search method of a session.
type Method struct {
	ID          string             `json:"id"` // unique in the session: "darts", "snas-2"
	Description Description        `json:"description"`
	Step        int                `json:"step"`
	Run         string             `json:"run"` // its run directory
	Knobs       []Knob             `json:"knobs"`
	Pending     map[string]float64 `json:"pending"`     // knobs that the next step will use
	Checkpoints []int              `json:"checkpoints"` // steps, ascending
	Forks       []Fork             `json:"forks"`       // of the present run, the latest last; none on the trunk
}

// Description mirrors search.Description.
type Description struct {
	Method        string          `json:"method"`
	Label         string          `json:"label"`
	Note          string          `json:"note"`
	Seed          uint64          `json:"seed"`
	Data          string          `json:"data"`
	Steps         int             `json:"steps"`
	StepsPerEpoch int             `json:"steps_per_epoch"`
	ImagesPerStep int             `json:"images_per_step"`
	Config        json.RawMessage `json:"config,omitempty"`
	Space         string          `json:"space"`
	Decisions     []Decision      `json:"decisions"`
}

// Decision mirrors space.Decision.
type Decision struct {
	Name    string   `json:"name"`
	Cell    string   `json:"cell"`
	Choices []string `json:"choices"`
}

// Knob mirrors search.Knob.
type Knob struct {
	Name  string  `json:"name"`
	Label string  `json:"label"`
	Value float64 `json:"value"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Unit  string  `json:"unit"`
}

// Fork is a branch of a run: made at Step, kept in a run directory of its own.
type Fork struct {
	Step int    `json:"step"`
	Name string `json:"name"`
}

// Event is something that happened to a session besides its steps.
type Event struct {
	Step int             `json:"step"`
	Kind string          `json:"kind"` // "knob", "fork", "back", "at", "reset", "error", …
	Data json.RawMessage `json:"data"`
}

// Versions says what made the numbers.
type Versions struct {
	Go      string `json:"go"`
	GoMLX   string `json:"gomlx"`
	Backend string `json:"backend"`
}

// Range is the answer to Step: the steps From..To were made, both inclusive;
// none if To is less than From.
type Range struct {
	From      int  `json:"from"`
	To        int  `json:"to"`
	Cancelled bool `json:"cancelled,omitempty"` // ended early by a cancel or a pause
}

// Trace is the part of a search.Trace that most cells read; Raw has all of it.
type Trace struct {
	Step    int                `json:"step"`
	Phase   string             `json:"phase"`
	Arch    []int              `json:"arch"`
	Probs   [][]float64        `json:"probs"`  // one row per decision
	Credit  []float64          `json:"credit"` // per decision; positive helped
	Scalars map[string]float64 `json:"scalars"`
	Raw     json.RawMessage    `json:"-"` // the trace as the session encoded it
}

// UnmarshalJSON decodes the fields and keeps the bytes in Raw.
func (t *Trace) UnmarshalJSON(data []byte) error {
	type plain Trace
	if err := json.Unmarshal(data, (*plain)(t)); err != nil {
		return fmt.Errorf("client: trace: %w", err)
	}
	t.Raw = append(json.RawMessage(nil), data...)
	return nil
}

// Curves holds the scalars of all recorded steps as columns; a value that a
// step does not have is nil.
type Curves struct {
	Steps   []int                 `json:"steps"`
	Seconds []float64             `json:"seconds"` // spent in steps up to and including each
	Scalars map[string][]*float64 `json:"scalars"`
}
