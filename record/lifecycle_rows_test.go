package record

import (
	"slices"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// What single rows of the truth table hold beyond the comparison of every life.

// exitsWith holds the exit code where nobody waits for the subject.
func exitsWith(code int64) func(*testing.T, *scenarioRun) {
	return func(t *testing.T, r *scenarioRun) {
		exit := r.subject(t).of(schema.TypeExit)[0]
		if exit.ExitCode.V != code || exit.Event.Signal.V != 0 || exit.CoreDumped.V {
			t.Errorf("exit code %d, signal %d, want code %d", exit.ExitCode.V, exit.Event.Signal.V, code)
		}
	}
}

// checkSubreaper holds that the exit names who adopted the orphan.
func checkSubreaper(t *testing.T, r *scenarioRun) {
	fork, exit := r.subject(t).of(schema.TypeFork)[0], r.subject(t).of(schema.TypeExit)[0]
	middle, runner := r.roleLife(t, "middle").records[0].PID.V, r.runner(t).PID.V
	if fork.PPID.V != middle || exit.PPID.V != runner {
		t.Errorf("ppid %d at the fork, %d at the exit; want %d, %d", fork.PPID.V, exit.PPID.V, middle, runner)
	}
}

// checkSetuid holds that each record has the user of its moment.
func checkSetuid(t *testing.T, r *scenarioRun) {
	var uids, gids []int64
	for _, rec := range r.subject(t).records {
		if rec.Type != schema.TypeSample {
			uids, gids = append(uids, rec.UID.V), append(gids, rec.GID.V)
		}
	}
	if !slices.Equal(uids, []int64{0, 0, 12345, 12345}) || !slices.Equal(gids, []int64{0, 0, 23456, 23456}) {
		t.Errorf("uids %v, gids %v", uids, gids)
	}
}

// checkRenamed holds that the name is that of the moment.
func checkRenamed(t *testing.T, r *scenarioRun) {
	fork, exit := r.subject(t).of(schema.TypeFork)[0], r.subject(t).of(schema.TypeExit)[0]
	if fork.Comm.V != "lifecycle" || exit.Comm.V != "a (new) name" {
		t.Errorf("comm %q, then %q", fork.Comm.V, exit.Comm.V)
	}
}

// checkWrapped holds that the namespace's pids did come again.
func checkWrapped(t *testing.T, r *scenarioRun) {
	inner := make(map[int64]bool)
	for _, o := range r.by("wait4", "subject") {
		inner[o.InnerPID] = true
	}
	if n := len(r.by("wait4", "subject")); len(inner) >= n {
		t.Errorf("%d pids for %d processes: none came again", len(inner), n)
	}
}

// checkSamePID holds that the pid did come again.
func checkSamePID(t *testing.T, r *scenarioRun) {
	second := r.by("wait4", "second")[0]
	for _, o := range r.seen {
		if o.Role != "second" && o.PID == second.PID {
			return
		}
	}
	t.Errorf("no earlier process had the pid %d", second.PID)
}

// checkOutlives holds that the last record has what the subject had used.
func checkOutlives(t *testing.T, r *scenarioRun) {
	end := r.subject(t).of(schema.TypeTask)[0]
	const burntNs = 20_000_000 // BURN_MS
	if end.CPUNs.V < burntNs || end.RSSBytes.V < 8<<20 || end.State.V != "S" {
		t.Errorf("CPU %d ns, %d bytes of memory, state %s", end.CPUNs.V, end.RSSBytes.V, end.State.V)
	}
}

// checkZombie holds that a zombie goes on being sampled after its exit.
func checkZombie(t *testing.T, r *scenarioRun) {
	zombies, exited := 0, false
	for _, rec := range r.subject(t).records {
		exited = exited || rec.Type == schema.TypeExit
		if exited && rec.Type == schema.TypeSample {
			if rec.State.V != "Z" || rec.Threads.V != 0 {
				t.Errorf("sample after the exit: state %s, %d threads", rec.State.V, rec.Threads.V)
			}
			zombies++
		}
	}
	if zombies < 3 {
		t.Errorf("%d samples of the zombie, want 3 or more", zombies)
	}
}
