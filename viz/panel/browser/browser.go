// Package browser drives a headless Chromium, for tests of the panel and for
// measuring it. It knows nothing of sessions.
package browser

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

const patience = 30 * time.Second // for one answer of the browser

// Browser drives a headless Chromium through its DevTools pipe: JSON messages
// that end in a zero byte, so no socket and no library is needed.
type Browser struct {
	cmd     *exec.Cmd
	in      *os.File
	profile string

	mu      sync.Mutex
	next    int
	waiting map[int]chan message
	session string
	log     []string
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Find returns the path of a Chromium, or "".
func Find() string {
	for _, name := range []string{os.Getenv("NASX_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			return found
		}
	}
	return ""
}

// Start starts a browser with one empty page of the given size in px.
// Close ends it.
func Start(path string, width, height int) (*Browser, error) {
	profile, err := os.MkdirTemp("", "nasx-browser-")
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	cmd.ExtraFiles = []*os.File{childIn, childOut} // descriptors 3 and 4
	b := &Browser{cmd: cmd, in: in, profile: profile, waiting: map[int]chan message{}}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	childIn.Close()
	childOut.Close()
	go b.read(out)
	if err := b.attach(width, height); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Browser) attach(width, height int) error {
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := b.Do("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	err := b.Do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	if err != nil {
		return err
	}
	b.session = attached.SessionID
	for _, domain := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		if err := b.Do(domain, nil, nil); err != nil {
			return err
		}
	}
	return b.Size(width, height)
}

// Size sets the size of the page in px, drawn at two device pixels each.
func (b *Browser) Size(width, height int) error {
	return b.Do("Emulation.setDeviceMetricsOverride",
		map[string]any{"width": width, "height": height, "deviceScaleFactor": 2, "mobile": false}, nil)
}

// Do calls a DevTools method and decodes its result.
func (b *Browser) Do(method string, params, result any) error {
	answer := make(chan message, 1)
	b.mu.Lock()
	b.next++
	id := b.next
	b.waiting[id] = answer
	call := map[string]any{"id": id, "method": method}
	if params != nil {
		call["params"] = params
	}
	if b.session != "" {
		call["sessionId"] = b.session
	}
	data, err := json.Marshal(call)
	if err == nil {
		_, err = b.in.Write(append(data, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("browser: %s: %w", method, err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return fmt.Errorf("browser: %s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-time.After(patience):
		return fmt.Errorf("browser: %s: no answer in %s", method, patience)
	}
}

func (b *Browser) read(out io.Reader) {
	r := bufio.NewReaderSize(out, 1<<20)
	for {
		data, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(data[:len(data)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		switch {
		case m.ID > 0 && b.waiting[m.ID] != nil:
			b.waiting[m.ID] <- m
			delete(b.waiting, m.ID)
		case m.Method == "Runtime.exceptionThrown", m.Method == "Log.entryAdded":
			b.log = append(b.log, string(m.Params))
		}
		b.mu.Unlock()
	}
}

// Problems returns what the page threw or logged as an error so far.
func (b *Browser) Problems() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.log...)
}

// Version returns the browser's name and version.
func (b *Browser) Version() (string, error) {
	var version struct {
		Product string `json:"product"`
	}
	err := b.Do("Browser.getVersion", nil, &version)
	return version.Product, err
}

// Open goes to a page and waits until it says it is ready.
func (b *Browser) Open(url string) error {
	if err := b.Do("Page.navigate", map[string]any{"url": url}, nil); err != nil {
		return err
	}
	return b.Wait(`document.documentElement.dataset.ready === "true"`)
}

// Eval runs an expression, awaits it, and decodes its value.
func (b *Browser) Eval(expression string, value any) error {
	var out struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	params := map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}
	if err := b.Do("Runtime.evaluate", params, &out); err != nil {
		return err
	}
	if out.Exception != nil {
		return errors.New("browser: " + out.Exception.Text + " " + out.Exception.Exception.Description)
	}
	if value == nil || len(out.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(out.Result.Value, value)
}

// Wait waits until an expression is true.
func (b *Browser) Wait(expression string) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var ok bool
		if err := b.Eval("Boolean("+expression+")", &ok); err == nil && ok {
			return nil
		}
	}
	return fmt.Errorf("browser: %s did not become true in %s", expression, patience)
}

// Key presses a key as a person does; modifiers: 8 is shift.
func (b *Browser) Key(key string, modifiers int) error {
	params := map[string]any{"type": "keyDown", "key": key, "modifiers": modifiers}
	if len(key) == 1 {
		params["text"] = key
	}
	if err := b.Do("Input.dispatchKeyEvent", params, nil); err != nil {
		return err
	}
	return b.Do("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "modifiers": modifiers}, nil)
}

// Click presses and releases the mouse on the middle of the first element that
// the selector finds.
func (b *Browser) Click(selector string) error {
	var at struct{ X, Y float64 }
	find := fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect();
		return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`, selector)
	if err := b.Eval(find, &at); err != nil {
		return err
	}
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		params := map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}
		if err := b.Do("Input.dispatchMouseEvent", params, nil); err != nil {
			return err
		}
	}
	return nil
}

// Shot writes a PNG of the page.
func (b *Browser) Shot(file string) error {
	var out struct {
		Data string `json:"data"`
	}
	if err := b.Do("Page.captureScreenshot", map[string]any{"format": "png"}, &out); err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		return fmt.Errorf("browser: screenshot: %w", err)
	}
	return os.WriteFile(file, data, 0o644)
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() {
	b.in.Close()
	done := make(chan struct{})
	go func() {
		_ = b.cmd.Wait() // ended by us
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		_ = b.cmd.Process.Kill() // it does not end by itself
		<-done
	}
	os.RemoveAll(b.profile)
}
