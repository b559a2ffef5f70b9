package insight

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

func forkStormActions(v *verdict) []string { return suggest(schema.ClassForkStorm, v) }

func runawayTreeActions(v *verdict) []string { return suggest(schema.ClassRunawayTree, v) }

func shortJobFloodActions(v *verdict) []string { return suggest(schema.ClassShortJobFlood, v) }

func cpuSpinActions(v *verdict) []string { return suggest(schema.ClassCPUSpin, v) }

func ioSaturationActions(v *verdict) []string { return suggest(schema.ClassIOSaturation, v) }

func oomRiskActions(v *verdict) []string { return suggest(schema.ClassOOMRisk, v) }

// suggest returns the next steps for an incident: of each step the first action of the
// catalogue whose conditions hold and whose text fits. They are those of the end of the
// capture, which is when somebody reads them.
func suggest(class schema.Class, v *verdict) []string {
	c := caseOf(v)
	texts := []string{}
	for step := 1; step <= schema.MaxActions; step++ {
		for i := range catalogue {
			a := &catalogue[i]
			if a.step != step || !slices.Contains(a.classes, class) || a.when&^c.holds != 0 {
				continue
			}
			if text := c.fill(a.text); utf8.RuneCountInString(text) <= schema.MaxAction {
				texts = append(texts, text)
				break
			}
		}
	}
	return texts
}

// actionCase is what a verdict gives to the slots and conditions of actions.
type actionCase struct {
	holds          condition
	pid, ppid, mib int64
	cgroup         string
}

func caseOf(v *verdict) actionCase {
	p := v.primary
	if p == nil {
		return actionCase{holds: isHost}
	}
	c := actionCase{pid: p.Key.PID, mib: cgroupMiB(v), cgroup: p.Cgroup}
	set := func(holds bool, what condition) {
		if holds {
			c.holds |= what
		}
	}
	parent := p.Parent()
	if parent != nil {
		c.ppid = parent.Key.PID
	}
	typed, hierarchy := plainPath(p.Cgroup), p.CgroupHierarchy
	set(p.Alive(), isAlive)
	set(!p.Alive(), isGone)
	set(p.Alive() && !inKernel(p), isPausable)
	set(parent != nil && parent.Alive() && !inKernel(parent), hasParent)
	set(typed && hierarchy.OK && hierarchy.V == 0, hasCgroup2)
	set(typed && hierarchy.OK && hierarchy.V > 0, hasCgroup1)
	set(p.Container != "", inContainer)
	set(v.atLimit, atLimit)
	set(c.mib > 0, hasMemory)
	return c
}

// inKernel says that the process is init, which nobody should halt, or a thread of the
// kernel, which nobody can.
func inKernel(p *replay.Process) bool {
	return p.Key.PID == 1 || ofKernel(p)
}

// cgroupMiB is the memory that the primary's cgroup uses: a limit of less would strike
// its other processes at once. It is 0 if unknown, or if the process is gone.
func cgroupMiB(v *verdict) int64 {
	if !v.primary.Alive() {
		return 0
	}
	return v.cgroupBytes >> 20
}

// plainPath says that a cgroup path, which its owner chose, can be typed as it is: no
// character has a meaning for a shell, and no part leads upwards. The root has no limits
// to set.
func plainPath(path string) bool {
	return len(path) > 1 && path[0] == '/' && strings.IndexFunc(path, outOfPath) < 0 &&
		!slices.Contains(strings.Split(path, "/"), "..") && !strings.HasSuffix(path, "/")
}

func outOfPath(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._@:+-", r))
}

// fill puts the case into the slots of a text.
func (c *actionCase) fill(text string) string {
	return strings.NewReplacer(
		slotPID, strconv.FormatInt(c.pid, 10), slotPPID, strconv.FormatInt(c.ppid, 10),
		slotMiB, strconv.FormatInt(c.mib, 10), slotCgroup, c.cgroup,
	).Replace(text)
}
