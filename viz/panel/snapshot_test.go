package panel_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"strings"
	"testing"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/viz/panel"
	"naslab.dev/viz/panel/paneltest"
)

func TestSnapshotHoldsEveryCell(t *testing.T) {
	s := paneltest.New(3, 400)
	data, err := json.Marshal(s.Status())
	if err != nil {
		t.Fatal(err)
	}
	var status client.Status
	if err := json.Unmarshal(data, &status); err != nil {
		t.Fatal("the stand-in's status is not the session's:", err)
	}
	traces := func(method string, from, _ int) ([]search.Trace, error) {
		return []search.Trace{s.Trace(method, from)}, nil
	}
	picture, err := panel.Snapshot(status, traces)
	if err != nil {
		t.Fatal(err)
	}
	all, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	status.Methods = status.Methods[:1]
	half, err := panel.Snapshot(status, traces)
	if err != nil {
		t.Fatal(err)
	}
	one, err := png.DecodeConfig(bytes.NewReader(half))
	if err != nil {
		t.Fatal(err)
	}
	if all.Height < 2*one.Height-200 || len(picture) > 200<<10 {
		t.Errorf("two methods are %d px high in %d bytes, one is %d px", all.Height, len(picture), one.Height)
	}
	if file := album("snapshot.png"); file != "" {
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status.Step = 0
	if _, err := panel.Snapshot(status, traces); err == nil || !strings.Contains(err.Error(), "no step") {
		t.Errorf("without a step: got %v", err)
	}
}
