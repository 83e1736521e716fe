package lab_test

import (
	"strings"
	"testing"

	"naslab.dev/nasx/lab"
)

func TestBackLeavesTheBranch(t *testing.T) {
	s := open(t, pair, lab.CheckpointEvery(4))
	if err := s.Back(); err == nil || !strings.Contains(err.Error(), "no branch") {
		t.Errorf("Back without a branch = %v, want a refusal that says so", err)
	}
	must(t, lab.Range{})(second(s.Step(10)))
	trunk := status(t, s).Methods[0].Run
	must(t, 0)(s.At(6))
	must(t, 0)(s.Set("rate", 1))
	must(t, lab.Range{})(second(s.Step(3))) // forks by itself
	must(t, 0)(s.Fork(7, "twig"))
	must(t, lab.Range{})(second(s.Step(1)))
	if got := status(t, s).Methods[1]; len(got.Forks) != 2 {
		t.Fatalf("after two forks the session tells of %v", got.Forks)
	}
	must(t, 0)(s.Back())
	if got := status(t, s); got.Step != 9 || got.Head != 9 || len(got.Methods[1].Forks) != 1 {
		t.Fatalf("one branch back: step %d of %d, forks %v, want 9 of 9 on one", got.Step, got.Head, got.Methods[1].Forks)
	}
	must(t, 0)(s.Back())
	got := status(t, s)
	if got.Step != 10 || got.Head != 10 || got.Methods[0].Run != trunk || len(got.Methods[0].Forks) != 0 {
		t.Fatalf("on the trunk: step %d of %d in %s, want 10 of 10 in %s", got.Step, got.Head, got.Methods[0].Run, trunk)
	}
	if knob := got.Methods[0].Knobs[0]; knob.Value == 1 {
		t.Errorf("the branch's knob %s is %v on the trunk", knob.Name, knob.Value)
	}
	must(t, lab.Range{})(second(s.Step(2)))
	if all := losses(t, s, "a", 20); len(all) != 12 || all[11] != want(1, 12) {
		t.Errorf("two steps on from the trunk's end give %v, want 12 as without a branch", all)
	}
}
