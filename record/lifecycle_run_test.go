package record

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// observation is one line of testdata/lifecycle.c: what wait4, /proc or a process's own
// clock told.
type observation struct {
	How        string `json:"how"`
	Role       string `json:"role"`
	PID        int64  `json:"pid"`
	InnerPID   int64  `json:"inner_pid"`
	PPID       int64  `json:"ppid"`
	UID        int64  `json:"uid"`
	GID        int64  `json:"gid"`
	StartTicks int64  `json:"start_ticks"`
	Comm       string `json:"comm"`
	Cgroup     string `json:"cgroup"`
	PIDNS      int64  `json:"pid_ns"`
	Status     int64  `json:"status"`
	CPUUs      int64  `json:"cpu_us"`
	MaxRSSKB   int64  `json:"max_rss_kb"`
	MinFaults  int64  `json:"min_faults"`
	MajFaults  int64  `json:"maj_faults"`
	Voluntary  int64  `json:"voluntary"`
	Involunt   int64  `json:"involuntary"`
}

// lifeKey finds a process by what /proc says of it: its start is in ticks there.
type lifeKey struct{ pid, startTicks int64 }

// biography is all that the capture says of one process.
type biography struct{ records []*schema.Record }

// collectLives finds the records of every process.
func collectLives(m *memory) map[lifeKey]*biography {
	lives := make(map[lifeKey]*biography)
	offset := m.records[0].WallOffsetNs.V
	for _, r := range m.records {
		if !r.PID.OK {
			continue
		}
		key := lifeKey{r.PID.V, (int64(r.StartTime.V) - offset) / nsPerTick}
		if lives[key] == nil {
			lives[key] = &biography{}
		}
		lives[key].records = append(lives[key].records, r)
	}
	return lives
}

// events names the records in their order, samples aside.
func (b *biography) events() string {
	var names []string
	for _, r := range b.records {
		switch r.Type {
		case schema.TypeSample:
		case schema.TypeTask:
			names = append(names, r.Phase.V)
		default:
			names = append(names, string(r.Type))
		}
	}
	return strings.Join(names, " ")
}

// of returns the records of one type.
func (b *biography) of(t schema.Type) []*schema.Record {
	return (&memory{records: b.records}).of(t)
}

// scenarioRun is a scenario under way, and then what came of it.
type scenarioRun struct {
	row    *lifecycleCase
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
	stderr bytes.Buffer
	first  []byte // the line that a held scenario says before it waits
	seen   []observation
	skip   string
	lives  map[lifeKey]*biography
}

func newScenarioRun(t *testing.T, program string, row *lifecycleCase) *scenarioRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	r := &scenarioRun{row: row, cmd: exec.CommandContext(ctx, program, row.run)}
	r.cmd.Dir, r.cmd.Stderr = t.TempDir(), &r.stderr
	return r
}

// start starts the scenario; one that is held has then said its first line.
func (r *scenarioRun) start(t *testing.T) {
	var err error
	if r.input, err = r.cmd.StdinPipe(); err != nil {
		t.Error(err)
		return
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	r.output = bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	if r.row.when != during {
		if r.first, err = r.output.ReadBytes('\n'); err != nil {
			t.Errorf("%s: %v", r.row.name, err)
		}
	}
}

// finish lets the scenario end and takes in what it said.
func (r *scenarioRun) finish(t *testing.T) {
	_ = r.input.Close() // only held scenarios read it
	rest, err := io.ReadAll(r.output)
	if err != nil {
		t.Error(err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", r.row.name, err, r.stderr.Bytes())
	}
	lines := json.NewDecoder(bytes.NewReader(append(r.first, rest...)))
	for {
		var o observation
		if err := lines.Decode(&o); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", r.row.name, err)
			return
		}
		if o.How == "skip" {
			r.skip = o.Role
		}
		r.seen = append(r.seen, o)
	}
}

// by returns what was observed of a role in one way.
func (r *scenarioRun) by(how, role string) (list []observation) {
	for _, o := range r.seen {
		if o.How == how && o.Role == role {
			list = append(list, o)
		}
	}
	return list
}

// life returns what the capture has of the process that was observed.
func (r *scenarioRun) life(o observation) *biography {
	return r.lives[lifeKey{o.PID, o.StartTicks}]
}

// subject returns the life of the row's only subject.
func (r *scenarioRun) subject(t *testing.T) *biography {
	t.Helper()
	return r.roleLife(t, "subject")
}

func (r *scenarioRun) roleLife(t *testing.T, role string) *biography {
	t.Helper()
	for _, o := range r.seen {
		if o.Role == role {
			if b := r.life(o); b != nil {
				return b
			}
		}
	}
	t.Fatalf("the capture lacks the %s", role)
	return nil
}

// runner returns a record of the process that ran the scenario.
func (r *scenarioRun) runner(t *testing.T) *schema.Record {
	t.Helper()
	for key, b := range r.lives {
		if key.pid != int64(r.cmd.Process.Pid) {
			continue
		}
		for _, rec := range b.records {
			if len(rec.Argv.V) == 2 && rec.Argv.V[1] == r.row.run {
				return rec
			}
		}
	}
	t.Fatal("the capture lacks the runner")
	return nil
}
