package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// jsonFlag is embedded in every command that prints a result.
type jsonFlag struct {
	JSON bool `help:"Print the result as JSON on stdout." name:"json"`
}

// print writes the value as JSON, or lets text write it for a person.
func (f jsonFlag) print(w io.Writer, value any, text func(io.Writer)) error {
	if !f.JSON {
		text(w)
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("cannot write the result as JSON: %w", err)
	}
	return nil
}
