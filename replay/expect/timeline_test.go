package expect

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

var updateTimelines = flag.Bool("update-timelines", false, "rewrite the goldens of testdata/timelines")

// readTimeline reads a document that is a timeline, or a map with it and a length.
func readTimeline(name, text string) (*Timeline, error) {
	f, n := document.Parse(name, []byte(text))
	if n == nil {
		return nil, f.Err()
	}
	var length *document.Node
	if n.Kind == document.Map {
		n, length = n.Get("timeline"), n.Get("length")
	}
	if n == nil {
		return nil, errors.New("no timeline")
	}
	t := ReadTimeline(f, n, length)
	return t, f.Err()
}

// eachRecord reads a timeline to its end.
func eachRecord(t testing.TB, timeline *Timeline, visit func(r *schema.Record)) {
	t.Helper()
	source := timeline.Source()
	for {
		r, err := source.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(r)
	}
}

// recordLine writes a record in a line: what a person would look at.
func recordLine(r *schema.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s %-6s", fmt.Sprintf("+%v", r.Time.Sub(TimelineStart)), r.Type)
	if r.PID.OK {
		fmt.Fprintf(&b, " %s(%d) of %d", r.Comm.V, r.PID.V, r.PPID.V)
	}
	if r.Phase.OK {
		fmt.Fprintf(&b, " %s", r.Phase.V)
	}
	if r.State.OK {
		fmt.Fprintf(&b, " %s %v %dKiB", r.State.V, time.Duration(r.CPUNs.V), r.RSSBytes.V>>10)
	}
	switch r.Type {
	case schema.TypeExec:
		fmt.Fprintf(&b, " %q", r.Argv.V)
	case schema.TypeExit:
		fmt.Fprintf(&b, " signal %d", r.Signal.V)
	case schema.TypeOOM:
		fmt.Fprintf(&b, " %dKiB", r.RSSBytes.V>>10)
	case schema.TypeSystem:
		p := &r.PSI
		fmt.Fprintf(&b, " cpu %v forks %d psi %d %d %d %d %d %d", time.Duration(r.CPUUserNs.V), r.ForksTotal.V,
			p.CPUSomeUs.V, p.CPUFullUs.V, p.MemorySomeUs.V, p.MemoryFullUs.V, p.IOSomeUs.V, p.IOFullUs.V)
	case schema.TypeLost:
		fmt.Fprintf(&b, " %s %d from +%v to +%v", r.LostType.Or("any"), r.Lost.Count.V, r.From.V.Sub(TimelineStart), r.To.V.Sub(TimelineStart))
	case schema.TypeEnd:
		fmt.Fprintf(&b, " %s", r.Counts.V)
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// TestTimelines holds the records of each timeline of testdata/timelines.
func TestTimelines(t *testing.T) {
	names, err := filepath.Glob("testdata/timelines/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no timeline", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			timeline, err := readTimeline(name, string(text))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			eachRecord(t, timeline, func(r *schema.Record) { b.WriteString(recordLine(r)) })
			golden := strings.TrimSuffix(name, ".yaml") + ".golden"
			if *updateTimelines {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || b.String() != string(want) {
				t.Errorf("%v, got\n%s", err, b.String())
			}
		})
	}
}
