package main

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/replay/rules"
)

// TestVerifyNamesTheFirstRecordThatDiffers changes the capture between the two runs, as
// nothing else makes them differ.
func TestVerifyNamesTheFirstRecordThatDiffers(t *testing.T) {
	build := func(used time.Duration) *replaytest.Capture {
		c := replaytest.New("boot")
		c.Task(10, 1, "shell")
		c.At(time.Second).Fork(10, 20)
		c.Burn(20, used).At(2 * time.Second).Exit(20)
		return c.At(3 * time.Second).End()
	}
	for _, test := range []struct {
		name   string
		second *replaytest.Capture
		want   string
	}{
		{"nothing", build(time.Second), ""},
		{"a nanosecond", build(time.Second + 1), "verify: two runs first differ at record 5 (seq 5, exit, 2023-11-14T22:13:22.000000000Z); report this with 'linnix version'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := determinismCase{}
			dir := t.TempDir()
			name := c.write(t, dir, "a.jsonl", build(time.Second).Records)
			opts := replayOptions{names: []string{name}, every: 5 * time.Second, trail: replay.NewTrail()}
			s := &stdio{out: io.Discard, err: io.Discard}
			set := rules.Default()
			first, err := replayOnce(context.Background(), opts, set, noSink{}, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			c.write(t, dir, "a.jsonl", test.second.Records)
			err = verifyReplay(context.Background(), opts, set, first)
			switch {
			case test.want == "":
				if err != nil {
					t.Error(err)
				}
			case err == nil || err.Error() != test.want || exitCode(err) != exitFailed:
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
