package nb

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
)

const secret = "0123456789abcdef0123456789abcdef"

type record struct {
	saved   []string
	scripts []string
}

func (r *record) html(body, _ string)  { r.saved = append(r.saved, body) }
func (r *record) markdown(text string) { r.saved = append(r.saved, text) }
func (r *record) script(js string)     { r.scripts = append(r.scripts, js) }

func recorded(t *testing.T) *record {
	t.Helper()
	r, before := &record{}, output
	output = r
	t.Cleanup(func() { output = before })
	return r
}

type session struct {
	name, url string
	err       error
}

func (s session) Name() string         { return s.name }
func (s session) URL() (string, error) { return s.url, s.err }
func (s session) Snapshot() ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 20, 10)))
	return b.Bytes(), err
}

const evil = `</script><img src=x onerror=alert(1)>"'`

func TestNoTokenIsSaved(t *testing.T) {
	t.Setenv(EnvOutput, "")
	r := recorded(t)
	if err := Show(session{name: "digits", url: "http://127.0.0.1:4711/" + secret + "/"}); err != nil {
		t.Fatal(err)
	}
	if len(r.saved) != 1 || len(r.scripts) != 1 {
		t.Fatalf("got %d saved outputs and %d scripts, want one each", len(r.saved), len(r.scripts))
	}
	if strings.Contains(r.saved[0], secret) || strings.Contains(r.saved[0], "4711") {
		t.Error("the saved output holds the session's address")
	}
	if !strings.Contains(r.scripts[0], secret) {
		t.Error("the script that is not saved does not hand the token over")
	}
	if !strings.Contains(r.saved[0], `src="data:image/png;base64,`) {
		t.Error("no PNG stands in the output")
	}
	if strings.Index(r.saved[0], "<img") > strings.Index(r.saved[0], "<script") {
		t.Error("the picture comes after the script")
	}
}

func TestStaticOutputHasNoScript(t *testing.T) {
	t.Setenv(EnvOutput, OutputStatic)
	r := recorded(t)
	if err := Show(session{name: "digits", url: "http://127.0.0.1:4711/" + secret + "/"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.saved[0], "<script") || len(r.scripts) != 0 {
		t.Error("static output holds a script")
	}
	t.Setenv(EnvOutput, "paper")
	if err := Show(session{name: "digits"}); err == nil || !strings.Contains(err.Error(), `"paper"`) {
		t.Errorf("an unknown kind of output: got %v", err)
	}
}

func TestNamesAreEscaped(t *testing.T) {
	t.Setenv(EnvOutput, OutputLive)
	r := recorded(t)
	if err := Show(session{name: evil, url: "http://127.0.0.1:4711/" + secret + "/"}); err != nil {
		t.Fatal(err)
	}
	for _, out := range append(r.saved, r.scripts...) {
		if strings.Contains(out, "<img src=x") || strings.Count(out, "</script>") > 1 {
			t.Errorf("a name got through as markup: %.200s", out)
		}
	}
	if err := Table(evil, []string{evil, "n"}, [][]string{{evil, "1"}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.saved[len(r.saved)-1], "<img") {
		t.Error("a cell of a table got through as markup")
	}
}

func TestIdsAreUnique(t *testing.T) {
	t.Setenv(EnvOutput, OutputLive)
	r := recorded(t)
	seen := map[string]bool{}
	for range 3 {
		if err := Show(session{name: "digits", url: "http://127.0.0.1:4711/" + secret + "/"}); err != nil {
			t.Fatal(err)
		}
		id := regexp.MustCompile(`id="([^"]+)"`).FindStringSubmatch(r.saved[len(r.saved)-1])[1]
		if seen[id] {
			t.Errorf("the id %s is used twice", id)
		}
		seen[id] = true
	}
}

func TestSessionWithoutAddressShowsItsPicture(t *testing.T) {
	t.Setenv(EnvOutput, OutputLive)
	r := recorded(t)
	if err := Show(session{name: "digits", err: errors.New("it lives in this process")}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.saved[0], "<script") || !strings.Contains(r.saved[0], "<img") {
		t.Errorf("got %.120s, want the picture alone", r.saved[0])
	}
}

func FuzzParts(f *testing.F) {
	f.Add("http://127.0.0.1:4711/" + secret + "/")
	f.Add("https://example.org/" + secret)
	f.Add("http://127.0.0.1:99999/x/")
	f.Fuzz(func(t *testing.T, address string) {
		port, token, err := parts(address)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Error("the error holds the token")
			}
			return
		}
		local := strings.HasPrefix(strings.ToLower(address), "http://127.0.0.1:")
		if port < 1 || port > 65535 || strings.ContainsAny(token, `/"'<>\ `) || !local {
			t.Errorf("%q was taken as port %d and token %q", address, port, token)
		}
	})
}

type figure struct{ data []byte }

func (f figure) SVG(io.Writer) error   { return nil }
func (f figure) PNG(w io.Writer) error { _, err := w.Write(f.data); return err }
func (f figure) Alt() string           { return "Accuracy falls. " + evil }

func TestFigures(t *testing.T) {
	r := recorded(t)
	data, _ := session{}.Snapshot()
	if err := Figure(figure{data}); err != nil {
		t.Fatal(err)
	}
	out := r.saved[0]
	for _, want := range []string{`width="10"`, `alt="Accuracy falls. &lt;/script`, `title="Accuracy falls"`} {
		if !strings.Contains(out, want) {
			t.Errorf("%s lacks %s", out, want)
		}
	}
	if err := Figure(figure{[]byte("no picture")}); err == nil || !strings.Contains(err.Error(), "no PNG") {
		t.Errorf("bytes that are no PNG: got %v", err)
	}
}

func TestTables(t *testing.T) {
	r := recorded(t)
	rows := [][]string{{"DARTS", "0.320", "−0.673"}, {"SNAS", "0.913", "–"}}
	if err := Table("Accuracy", []string{"method", "child", "gap"}, rows); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(r.saved[0], "text-align:right"); got != 6 {
		t.Errorf("%d cells and heads are set to the right, want the 6 of the two columns of numbers", got)
	}
	if strings.Count(r.saved[0], "<th") != 1+3+2 || strings.Count(r.saved[0], "</th>") != 5 { // thead, heads, rows
		t.Errorf("heads are not marked as such: %s", r.saved[0])
	}
	err := Table("", []string{"a"}, [][]string{{"1", "2"}})
	if err == nil || !strings.Contains(err.Error(), "row 1 has 2 cells, want 1") {
		t.Errorf("a row that is too long: got %v", err)
	}
	want := "Accuracy\nmethod  child  gap\nDARTS   0.320  −0.673\nSNAS    0.913  –"
	if got := plainTable("Accuracy", []string{"method", "child", "gap"}, rows); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := Formula("a $$ b"); err == nil {
		t.Error("a formula that ends itself is taken")
	}
}
