// Package viz draws what a search did: traces and architectures become static
// figures, and standalone charts for notebook cells.
//
// Every figure is a plain struct with a [Caption]; it has SVG, PNG and Alt, and
// both files come from the same drawing code. A title given by the caller is
// the finding; without one it names what is drawn. A figure without data is an
// error that says what is missing, never an empty picture. Colours come from
// [Palette] alone, numbers from the functions of format.go.
//
// Lengths are CSS pixels, x to the right and y down; a PNG has two pixels for
// each. The package knows no method and no notebook, and imports no GoMLX.
package viz
