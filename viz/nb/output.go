package nb

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/dom"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Environment variable that chooses the kind of output, and its values.
const (
	EnvOutput    = "NASX_OUTPUT"
	OutputStatic = "static" // nothing but HTML, text and PNG
	OutputLive   = "live"   // also scripts, where they may run
)

// live reads [EnvOutput].
func live() (bool, error) {
	switch v := os.Getenv(EnvOutput); v {
	case "", OutputLive:
		return true, nil
	case OutputStatic:
		return false, nil
	default:
		return false, fmt.Errorf("nb: %s is %q, want %q or %q", EnvOutput, v, OutputStatic, OutputLive)
	}
}

// screen is where output goes: the notebook, or a record in tests.
type screen interface {
	html(body, plain string) // plain stands where HTML is not shown
	markdown(text string)
	script(js string) // runs once and is not saved
}

var output screen = notebook{}

type notebook struct{}

func (notebook) html(body, plain string) {
	if !gonbui.IsNotebook {
		fmt.Println(plain)
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML: body, protocol.MIMETextPlain: plain,
	}})
	gonbui.Sync()
}

func (notebook) markdown(text string) {
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.DisplayMarkdown(text)
	gonbui.Sync()
}

func (notebook) script(js string) {
	if gonbui.IsNotebook {
		dom.TransientJavascript(js)
	}
}

// unique returns an element id that no other output has, as all notebooks of a
// browser page share its elements.
func unique() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	return "nas-" + hex.EncodeToString(id[:])
}
