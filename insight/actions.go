package insight

import (
	"fmt"
	"strings"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// forkStormActions look first, then limit, then pause: each step can be taken back.
func forkStormActions(v *verdict) []string {
	p := v.primary
	if p == nil {
		return []string{
			"see who forks: linnix replay CAPTURE, or live: linnix record -d 10s",
			"limit the number of processes of the service at fault: systemctl set-property --runtime UNIT TasksMax=512",
		}
	}
	pid := p.Key.PID
	if p.Exited() {
		return []string{
			fmt.Sprintf("pid %d has exited; see what started it: ps -fp %d", pid, p.PPID),
			fmt.Sprintf("list what it left behind: ps -e --forest -o pid,ppid,etime,args | less +/%d", p.PPID),
			limitTasks(p),
		}
	}
	return []string{
		fmt.Sprintf("see the tree and who started it: pstree -aps %d", pid),
		limitTasks(p),
		fmt.Sprintf("pause it while you decide: kill -STOP %d (and go on: kill -CONT %d)", pid, pid),
	}
}

// limitTasks is the step that keeps a storm from the pid limit.
func limitTasks(p *replay.Process) string {
	const generic = "limit the number of processes: set TasksMax (systemd) or pids.max (cgroup) of the service at fault"
	if !plainPath(p.Cgroup) {
		return generic
	}
	text := fmt.Sprintf("limit the cgroup %s: set its pids.max", p.Cgroup)
	if len(text) > schema.MaxAction {
		return generic
	}
	return text
}

// plainPath says that a cgroup path, which its owner chose, can be typed as it is.
func plainPath(path string) bool {
	return len(path) > 1 && strings.IndexFunc(path, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._@:-", r))
	}) < 0
}

func cpuSpinActions(v *verdict) []string {
	pid := v.primary.Key.PID
	if v.primary.Exited() {
		return []string{fmt.Sprintf("pid %d has exited; see what started it: ps -fp %d", pid, v.primary.PPID)}
	}
	return []string{
		fmt.Sprintf("see where it runs: perf top -p %d", pid),
		fmt.Sprintf("ask whether it is a computation that is meant to run: ps -o pid,ppid,etime,args -p %d", pid),
		fmt.Sprintf("let others go first meanwhile: renice -n 10 -p %d", pid),
	}
}
