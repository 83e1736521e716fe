package echarts_test

import (
	"bytes"
	"testing"

	"naslab.dev/viz/echarts"
)

func TestLibraryIsTheReleaseItSays(t *testing.T) {
	if !bytes.Contains(echarts.JS, []byte(`version="`+echarts.Version+`"`)) {
		t.Errorf("the library does not call itself %s", echarts.Version)
	}
	// An HTML parser ends a script at these, whatever the language says.
	for _, end := range []string{"</script", "<!--"} {
		if bytes.Contains(echarts.JS, []byte(end)) {
			t.Errorf("the library contains %q and cannot stand in a script element", end)
		}
	}
}

func TestShadowedHidesLoadersAndKeepsTheLibrary(t *testing.T) {
	got := echarts.Shadowed()
	if !bytes.Contains(got, echarts.JS) {
		t.Error("the library is not in it, byte for byte")
	}
	if !bytes.HasPrefix(got, []byte("if(!window.echarts){(function(){var define,module,exports;")) {
		t.Errorf("it begins with %.80q", got)
	}
}
