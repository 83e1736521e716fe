package nb

import (
	_ "embed" // the script of a shown session
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Session is a running session, as *client.Session and lab's own give it.
type Session interface {
	// Name returns the session's name.
	Name() string

	// URL returns http://127.0.0.1:PORT/TOKEN/, the address of its page.
	URL() (string, error)

	// Snapshot returns a PNG of its present state.
	Snapshot() ([]byte, error)
}

// show is the script that is saved with the output; it holds no secret.
//
//go:embed show.js
var show string

// hand is the script that gives the address to the browser and is not saved.
const hand = `(() => { try { localStorage.setItem("naslab:" + %s, %s); } catch (e) {}
dispatchEvent(new CustomEvent("naslab", { detail: %s })); })();`

// Show shows a session: its picture, and in its place the panel where scripts
// may run. See the package for what is saved and what is not. Where the session
// has no picture yet, a sentence stands for it.
func Show(s Session) error {
	allowed, err := live()
	if err != nil {
		return err
	}
	picture, plain := standing(s)
	id := unique()
	body := fmt.Sprintf(`<div id="%s" class="nas-session">%s</div>`, id, picture)
	address, err := s.URL()
	if !allowed || err != nil { // a session of this process has no address
		output.html(body, plain)
		return nil
	}
	port, token, err := parts(address)
	if err != nil {
		return fmt.Errorf("nb: session %s: %w", s.Name(), err)
	}
	name := literal(s.Name())
	secret := literal(map[string]any{"port": port, "token": token})
	output.script(fmt.Sprintf(hand, name, literal(secret), name))
	script := strings.NewReplacer("@ID@", literal(id), "@NAME@", name).Replace(show)
	output.html(body+"\n<script>\n"+script+"</script>", plain)
	return nil
}

// standing returns what stands without scripts, and the same in words.
func standing(s Session) (picture, plain string) {
	plain = fmt.Sprintf("Session %s.", s.Name())
	data, err := s.Snapshot()
	if err == nil {
		alt := fmt.Sprintf("Session %s, a picture of the step it stood at when this cell ran", s.Name())
		if picture, err = img(data, alt); err == nil {
			return picture, plain
		}
	}
	plain = fmt.Sprintf("Session %s has no picture yet: %v.", s.Name(), err)
	return "<p>" + html.EscapeString(plain) + "</p>", plain
}

var validToken = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// parts takes a session's address apart. Its error never holds the token.
func parts(address string) (port int, token string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, "", errors.New("its address is not readable, want http://127.0.0.1:PORT/TOKEN/")
	}
	token = strings.Trim(u.Path, "/")
	port, err = strconv.Atoi(u.Port())
	local := u.Scheme == "http" && u.Hostname() == "127.0.0.1" && port >= 1 && port <= 65535
	if err != nil || !local || !validToken.MatchString(token) {
		return 0, "", errors.New("its address is not of the form http://127.0.0.1:PORT/TOKEN/")
	}
	return port, token, nil
}

// literal returns v as JavaScript that is safe inside a script element:
// encoding/json writes <, > and & and both line separators as \u escapes.
func literal(v any) string {
	data, err := json.Marshal(v)
	if err != nil { // strings and numbers always encode
		return "null"
	}
	return string(data)
}
