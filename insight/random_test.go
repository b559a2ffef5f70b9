package insight

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestRandomRecords holds that no records, however odd, bring the analysis down, or make
// it write what its own check refuses.
func TestRandomRecords(t *testing.T) {
	for seed := range uint64(20) {
		s := newScenario()
		s.Records = append(s.Records, replaytest.Random(rand.New(rand.NewPCG(seed, 1)), 2000)...)
		records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, replay.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			text, err := records[i].AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			if problems, err := schema.Validate(schema.DocumentDatasetRecord, text); err != nil || len(problems) > 0 {
				t.Errorf("seed %d: %v %v", seed, problems, err)
			}
		}
	}
}

// TestWorkloadIsLetGo holds that what is kept of storage and memory is bounded by the
// living and the window.
func TestWorkloadIsLetGo(t *testing.T) {
	s := newScenario()
	for at := time.Duration(0); at < 120*sec; at += 50 * ms {
		pid := s.fork(at, shell)
		s.Exec(pid, "job")
		for i, state := range []string{"R", "D"} {
			s.At(at + time.Duration(i+1)*ms)
			r := s.Sample(pid, state, int64(20+i)<<20)
			r.ReadBytes.Set(int64(i+1) << 20)
			r.WriteBytes.Set(int64(i+1) << 21)
		}
		s.Exit(pid)
	}
	s.end(200 * sec)
	most := [4]int{}
	last := [4]int{}
	s.eachWindow(t, func(f *features) {
		last = [4]int{len(f.memory.growing), len(f.memory.byProc), f.io.recent.Len(), f.io.dirtied.Len()}
		for i := range last {
			most[i] = max(most[i], last[i])
		}
		if len(f.io.waiting) > 0 {
			t.Fatalf("%d processes wait, and none lives", len(f.io.waiting))
		}
	})
	// 20 processes a second: of the last 10 s, with two uses each, and those of the 20 s
	// before.
	if want := [4]int{240, 240, 480, 880}; most[0] > want[0] || most[1] > want[1] || most[2] > want[2] || most[3] > want[3] || min(most[0], most[3]) < 200 {
		t.Errorf("at most %v of growing, by process, recent, dirtied; want at most %v", most, want)
	}
	if last != [4]int{} {
		t.Errorf("in the end %v are kept", last)
	}
}
