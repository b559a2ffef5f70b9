package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestEachConstantOfARuleIsPartOfItsState holds that two engines which judge otherwise
// have other states, though neither raises an alert.
func TestEachConstantOfARuleIsPartOfItsState(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	for pid := range int64(8) {
		c.At(time.Duration(pid)*300*time.Millisecond).Fork(10, 20+pid)
	}
	c.At(4 * time.Second).End()
	stateOf := func(rule string) uint64 {
		var state replay.State
		alerts := 0
		engine := NewEngine(mustLoad(t, rule), func(*schema.Alert) { alerts++ })
		engine.KeepState()
		replaytest.Run(t, func(*replay.Host) []replay.Handler { return []replay.Handler{engine} }, c.Source())
		engine.AddState(&state)
		if alerts > 0 {
			t.Fatalf("%s: %d alerts, want none", rule, alerts)
		}
		return state.Sum()
	}
	const rule = "- {name: r, detector: fork_burst, threshold: 20, window_seconds: 2, clear_threshold: 15}"
	want := stateOf(rule)
	if again := stateOf(rule); again != want {
		t.Error("one rule gives two states")
	}
	for _, other := range []string{
		"- {name: r, detector: fork_burst, threshold: 20, window_seconds: 1, clear_threshold: 15}",
		"- {name: r, detector: fork_burst, threshold: 20, window_seconds: 2, clear_threshold: 3}",
	} {
		if stateOf(other) == want {
			t.Errorf("%s has the state of %s", other, rule)
		}
	}
}
