package replay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// bare starts a capture of its meta record alone.
func bare(boot string) *replaytest.Capture {
	c := replaytest.New(boot)
	c.Records = c.Records[:1]
	return c
}

// moments notes what comes when, for each host by its boot id.
func moments(got *lines) func(*replay.Host) []replay.Handler {
	note := func(h *replay.Host, what string) {
		got.add("%s %s %s", h.Now().Sub(replaytest.Start), h.Meta().BootID.V, what)
	}
	return probe{
		record: func(h *replay.Host, r *schema.Record) { note(h, string(r.Type)) },
		tick:   func(h *replay.Host) { note(h, "tick") },
		end:    func(h *replay.Host) { note(h, "over") },
	}.handlers
}

func TestHostsAreToldInOrderOfTime(t *testing.T) {
	a, b := bare("a").At(2500*time.Millisecond).End(), bare("b").At(3*time.Second).End()
	const want = `1s a tick
		1s b tick
		2s a tick
		2s b tick
		2.5s a end
		2.5s a over
		3s b end
		3s b tick
		3s b over`
	for _, sources := range [][]replay.Source{{a.Source(), b.Source()}, {b.Source(), a.Source()}} {
		var got lines
		replaytest.Run(t, moments(&got), sources...)
		got[2:].check(t, want) // the two meta records come at one time, in the order of arguments
	}
}

func TestHostWithoutBootID(t *testing.T) {
	tests := []struct {
		name   string
		change func(second *schema.Record)
		want   int
	}{
		{"same name and offset", func(*schema.Record) {}, 1},
		{"another name", func(r *schema.Record) { r.Host = schema.Some("other") }, 2},
		{"another offset", func(r *schema.Record) { r.WallOffsetNs.V++ }, 2},
		{"nothing known", func(r *schema.Record) { r.WallOffsetNs.OK = false }, 2},
	}
	for _, test := range tests {
		first, second := bare(""), bare("")
		test.change(&second.Records[0])
		summary := replaytest.Run(t, probe{}.handlers, first.Source(), second.Source())
		if len(summary.Hosts) != test.want {
			t.Errorf("%s: %d hosts, want %d", test.name, len(summary.Hosts), test.want)
		}
	}
}

func TestReplayUpToTEqualsTheFullOneUpToT(t *testing.T) {
	c := bare("a")
	c.At(8100 * time.Millisecond).System(0)
	c.At(7 * time.Second).System(0) // late: the clock has passed To
	c.At(20 * time.Second).End()
	play := func(to replay.Bound) (got lines) {
		_, err := replay.Run(context.Background(), []replay.Source{c.Source()}, replay.Options{To: to}, moments(&got))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	full := play(nil)
	for _, to := range []time.Duration{0, 8*time.Second - 1, 8 * time.Second, 8050 * time.Millisecond, 15 * time.Second} {
		var want lines
		for _, line := range full {
			at, _, _ := strings.Cut(line, " ")
			if d, err := time.ParseDuration(at); err != nil || d <= to {
				want = append(want, line)
			}
		}
		want.add("%s a over", to)
		if got := play(replay.After(to)); !slices.Equal(got, want) {
			t.Errorf("to %s: got\n%s\nwant\n%s", to, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestNothingBetweenFromAndTo(t *testing.T) {
	c := bare("a").At(5 * time.Second).End()
	run := func(opts replay.Options) (replay.Summary, lines, error) {
		var got lines
		summary, err := replay.Run(context.Background(), []replay.Source{c.Source()}, opts, moments(&got))
		return summary, got, err
	}
	for name, opts := range map[string]replay.Options{
		"from after the end": {From: replay.After(time.Minute)},
		"to before":          {To: func(start schema.Time) schema.Time { return start - 1 }},
	} {
		if summary, got, err := run(opts); err != nil || summary.Records != 0 || len(got) > 0 {
			t.Errorf("%s: %d records, %v, %v; want nothing", name, summary.Records, got, err)
		}
	}
	_, _, err := run(replay.Options{From: replay.After(2), To: replay.After(1)})
	var bad *replay.RangeError
	if !errors.As(err, &bad) || bad.From != bad.To+1 {
		t.Errorf("from behind to: %v, want a RangeError", err)
	}
}

// TestTicksAreBoundedByRecords replays gaps of a week: the first is ticked for two
// days, later ones for what records have earned, and each has its last second ticked.
func TestTicksAreBoundedByRecords(t *testing.T) {
	const week = 7 * 24 * time.Hour
	c := bare("a")
	for i := range 5 {
		c.At(time.Duration(i+1) * week).System(0)
	}
	ticks := 0
	var last schema.Time
	replaytest.Run(t, probe{
		tick: func(h *replay.Host) { ticks++; last = h.Now() },
		record: func(h *replay.Host, r *schema.Record) {
			if r.Type == schema.TypeSystem && r.Time-last > schema.Time(time.Second) {
				t.Errorf("the last tick before %s is at %s", r.Time, last)
			}
		},
	}.handlers, c.Source())
	if limit := 2*24*3600 + 500; ticks > limit || ticks < 2*24*3600 {
		t.Errorf("%d ticks, want two days and what records earned, at most %d", ticks, limit)
	}
	c, ticks = bare("b"), 0
	const long = 3 * 24 * 3600
	for at := 0; at <= long; at += 60 {
		c.At(time.Duration(at) * time.Second).System(0)
	}
	replaytest.Run(t, probe{tick: func(*replay.Host) { ticks++ }}.handlers, c.Source())
	if ticks != long {
		t.Errorf("%d ticks with a record a minute, want all %d", ticks, long)
	}
}

func TestSummaryTellsAllLosses(t *testing.T) {
	const counts = `{"exit":{"lost":%d},"fork":{"lost":2}}`
	tests := []struct {
		name          string
		build         func(c *replaytest.Capture)
		records, lost int64
	}{
		{"none", func(c *replaytest.Capture) { c.End() }, 0, 0},
		{"told by a record", func(c *replaytest.Capture) { c.Lost(schema.TypeFork, 3, 0, 0) }, 1, 3},
		{"told without a count", func(c *replaytest.Capture) { c.Lost(schema.TypeFork, 3, 0, 0).Count.OK = false; c.Last().Count.V = 0 }, 1, 0},
		{"told at the end only", func(c *replaytest.Capture) {
			c.End().Last().Counts = schema.Some(schema.JSON(fmt.Sprintf(counts, 5)))
		}, 0, 7},
		{"told twice", func(c *replaytest.Capture) {
			c.Lost(schema.TypeFork, 2, 0, 0)
			c.Lost(schema.TypeExit, 1, 0, 0)
			c.End().Last().Counts = schema.Some(schema.JSON(fmt.Sprintf(counts, 1)))
		}, 2, 3},
		{"more than there are numbers", func(c *replaytest.Capture) {
			c.Lost(schema.TypeFork, 1<<62, 0, 0)
			c.Lost(schema.TypeFork, 1<<62, 0, 0)
		}, 2, 1<<63 - 1},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		test.build(c)
		var incomplete bool
		summary := replaytest.Run(t, probe{end: func(h *replay.Host) { incomplete = h.LostSince(h.Start() - 1) }}.handlers, c.Source())
		if summary.LossRecords != test.records || summary.Lost != test.lost {
			t.Errorf("%s: %d records, %d lost; want %d and %d", test.name, summary.LossRecords, summary.Lost, test.records, test.lost)
		}
		if want := test.records > 0 || test.lost > 0; incomplete != want {
			t.Errorf("%s: incomplete %t, want %t", test.name, incomplete, want)
		}
	}
}

func TestBlindForIsExact(t *testing.T) {
	c := bare("boot")
	for _, at := range []time.Duration{0, 2700 * time.Millisecond, 6 * time.Second, 7 * time.Second, 20 * time.Second} {
		c.At(at).System(0)
	}
	c.At(23 * time.Second).End()
	var got lines
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		got.add("%s %s", h.Now().Sub(replaytest.Start), h.BlindFor())
	}}.handlers, c.Source())
	got.check(t, `0s 0s
		0s 0s
		2.7s 200ms
		6s 1s
		7s 1s
		20s 11.5s
		23s 12s`)
}

// TestIntervalIsThatOfTheLatestSystemRecord replays a capture of 1 s and then one of
// 10 s of the same boot: the host is blind between them, and not in the second.
func TestIntervalIsThatOfTheLatestSystemRecord(t *testing.T) {
	first, second := bare("boot"), bare("boot")
	first.At(time.Second).System(0)
	meta := &second.Records[0]
	meta.Time, meta.IntervalNs = replaytest.Start.Add(8*time.Second), schema.Some(int64(10*time.Second))
	for _, at := range []time.Duration{8, 18, 28} {
		second.At(at * time.Second).System(0)
	}
	second.At(53*time.Second - 1).End()
	second.At(53 * time.Second).End()
	var got lines
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		got.add("%s %s %s, blind %t for %s", h.Now().Sub(replaytest.Start), r.Type, h.Interval(), h.Blind(), h.BlindFor())
	}}.handlers, first.Source(), second.Source())
	got.check(t, `0s meta 1s, blind true for 0s
		1s system 1s, blind false for 1s
		8s meta 1s, blind true for 5.5s
		8s system 10s, blind false for 5.5s
		18s system 10s, blind false for 5.5s
		28s system 10s, blind false for 5.5s
		52.999999999s end 10s, blind false for 5.5s
		53s end 10s, blind true for 5.5s`)
}
