package race_test

import (
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/notebooks/race"
)

// Ten rewards make one batch of PPO, whose inner steps can be drawn.
func TestTrainGivesTheInnerStepsOfPPO(t *testing.T) {
	settings := enas.DefaultPPO()
	settings.Shape.Hidden = 8
	c, tr, err := race.Train(settings, 10)
	if err != nil {
		t.Fatal(err)
	}
	passes := race.Ratios(c.Passes())
	if tr.Step != 10 || len(passes) != 4 || passes[3].Name != "epoch 4" {
		t.Fatalf("step %d has %d inner steps, want step 10 with 4 epochs", tr.Step, len(passes))
	}
	if n := len(passes[0].Ratios); n != 60 || len(passes[0].Advantages) != n || len(passes[0].Stopped) != n {
		t.Errorf("%d ratios, want one for each of six decisions of ten architectures", n)
	}
	settings.Rate = -1
	if _, _, err := race.Train(settings, 10); err == nil {
		t.Error("settings that cannot be are trained with, want an error")
	}
}
