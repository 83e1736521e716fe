package lab

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/lab/client"
)

// A machine that was switched off leaves addresses behind, and after the start
// another program may have the port.
func TestAddressOfADeadResidentIsNotAsked(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		http.Error(w, "not a session", http.StatusTeapot)
	}))
	defer other.Close()
	t.Setenv("NASX_STATE", t.TempDir())
	folder, err := client.Folder("s")
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	port := other.Listener.Addr().(*net.TCPAddr).Port
	if err := writeFile(filepath.Join(folder, client.AddressFile), client.Address{PID: 1, Port: port}); err != nil {
		t.Fatal(err)
	}
	if _, err := tokenOf(folder); err != nil {
		t.Fatal(err)
	}
	live, err := attach("s", folder)
	if live != nil || err != nil {
		t.Errorf("attach gave %v, %v, want no session and no error", live, err)
	}
	if asked != 0 {
		t.Errorf("the other program got %d requests, which carry the token", asked)
	}
}
