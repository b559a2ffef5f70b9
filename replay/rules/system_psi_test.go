package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestPressure has one total grow by a full second each second from 20 s on, so that
// its share of 10 s is 50 % at 25 s and 60 % at 26 s.
func TestPressure(t *testing.T) {
	stalls := []struct {
		detector string
		stall    replay.Stall
	}{
		{"system_psi_cpu", replay.CPUSome},
		{"system_psi_memory", replay.MemoryFull},
		{"system_psi_io", replay.IOFull},
		{"", replay.MemorySome}, // no detector looks at these
		{"", replay.IOSome},
	}
	ramp := func(stall replay.Stall, end time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			for at := time.Duration(0); at <= end; at += time.Second {
				if at > 20*time.Second && at <= 40*time.Second {
					c.Stall(stall, time.Second)
				}
				c.At(at).System(0)
			}
		}
	}
	for _, detector := range stalls[:3] {
		rule := "detector: " + detector.detector + ", cooldown: 0, threshold_pct: 50, duration: "
		for _, other := range stalls {
			want := ""
			if other.stall == detector.stall {
				want = "30s firing 100"
			}
			runScenarios(t, []scenario{{fmt.Sprintf("%s of stall %d", detector.detector, other.stall),
				rule + "4s", ramp(other.stall, 30*time.Second), want}})
		}
		high := ramp(detector.stall, 60*time.Second)
		runScenarios(t, []scenario{
			{"at the threshold it does not hold", rule + "1ns", ramp(detector.stall, 25*time.Second), ``},
			{"the duration less 1 ns", rule + "4000000001ns", ramp(detector.stall, 30*time.Second), ``},
			{"the duration and 1 ns", rule + "3999999999ns", ramp(detector.stall, 30*time.Second), `30s firing 100`},
			// 50 % at 45 s, so that it is clear for the duration at 49 s.
			{"it resolves at the threshold", rule + "4s", high, `30s firing 100
				49s resolved 10`},
			{"or at the clear threshold", rule + "4s, clear_threshold: 20, clear_duration: 0", high, `30s firing 100
				48s resolved 20`},
			{"a loss within the last 10 s", rule + "4s", func(c *replaytest.Capture) {
				ramp(detector.stall, 29*time.Second)(c)
				c.Lost(schema.TypeSystem, 1, 0, 20*time.Second+1)
				c.At(30*time.Second).Stall(detector.stall, time.Second).System(0)
			}, `30s firing 100 incomplete`},
			{"a loss before them", rule + "4s", func(c *replaytest.Capture) {
				ramp(detector.stall, 29*time.Second)(c)
				c.Lost(schema.TypeSystem, 1, 0, 20*time.Second)
				c.At(30*time.Second).Stall(detector.stall, time.Second).System(0)
			}, `30s firing 100`},
			{"unknown without the total", rule + "1ns", func(c *replaytest.Capture) {
				high(c)
				for i := range c.Records {
					c.Records[i].System.PSI = schema.Pressure{}
				}
			}, ``},
		})
	}
}
