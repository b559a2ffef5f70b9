package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// captureFilter says which records of a capture are printed: those for which everything
// that is set holds. What is about processes leaves out records that are about none.
type captureFilter struct {
	types []string
	pids  []int64
	// tree is the pid of a process that is meant with its descendants.
	tree         schema.Opt[int64]
	comm, cgroup string
	uid          schema.Opt[int64]
	bounds       replay.Options
}

// captureFilterFlags are the flags of a captureFilter.
func captureFilterFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringSliceFlag{Name: "type", Usage: "print records of the types in `LIST`, such as fork,exec,exit"},
		&cli.StringSliceFlag{Name: "pid", Usage: "print what is about the process `PID`; may be given again"},
		&cli.StringFlag{Name: "tree", Usage: "print what is about the process `PID` and those born below it"},
		&cli.StringFlag{Name: "comm", Usage: "print what is about processes whose name matches `GLOB`, such as 'java*'"},
		&cli.StringFlag{Name: "cgroup", Usage: "print what is in cgroups whose path matches `GLOB`, in which * also is any /"},
		&cli.StringFlag{Name: "uid", Usage: "print what is about processes of the user id `N`"},
	}, boundFlags()...)
}

// captureFilterOf reads those flags.
func captureFilterOf(c *cli.Context) (f captureFilter, err error) {
	if f.bounds, err = boundsOf(c); err != nil {
		return f, err
	}
	if f.types, err = typesOf(c); err != nil {
		return f, err
	}
	f.comm, f.cgroup = c.String("comm"), c.String("cgroup")
	for _, name := range [...]string{"comm", "cgroup"} {
		if c.IsSet(name) && c.String(name) == "" {
			return f, usagef("%s: --%s needs a pattern; type 'linnix %[1]s --help'", c.Command.Name, name)
		}
	}
	for _, text := range c.StringSlice("pid") {
		pid, err := idOf(c, "pid", text)
		if err != nil {
			return f, err
		}
		f.pids = append(f.pids, pid)
	}
	if f.tree, err = optionalID(c, "tree"); err != nil {
		return f, err
	}
	f.uid, err = optionalID(c, "uid")
	return f, err
}

// typesOf reads the types of records that are asked for.
func typesOf(c *cli.Context) ([]string, error) {
	var known []string
	for _, t := range schema.Types {
		known = append(known, string(t))
	}
	given := c.StringSlice("type")
	for _, t := range given {
		if !slices.Contains(known, t) {
			return nil, usagef("%s: unknown --type %q%s; there are %s", c.Command.Name, t, didYouMean(t, known), strings.Join(known, ", "))
		}
	}
	return given, nil
}

// optionalID reads an id that need not be given.
func optionalID(c *cli.Context, name string) (id schema.Opt[int64], err error) {
	if id.OK = c.IsSet(name); id.OK {
		id.V, err = idOf(c, name, c.String(name))
	}
	return id, err
}

// idOf reads a process or user id.
func idOf(c *cli.Context, name, text string) (int64, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, usagef("%s: --%s %q is no id; give a number such as --%[2]s 1000", c.Command.Name, name, text)
	}
	return int64(id), nil
}

// any says that the filter may leave something out.
func (f *captureFilter) any() bool {
	return len(f.types) > 0 || f.aboutProcesses() || f.cgroup != "" || f.bounds.From != nil || f.bounds.To != nil
}

func (f *captureFilter) aboutProcesses() bool {
	return len(f.pids) > 0 || f.tree.OK || f.comm != "" || f.uid.OK
}

// selector applies a filter to the records of one capture, in their order.
type selector struct {
	*captureFilter
	// from and to are the bounds, known from the first record on.
	from, to schema.Opt[schema.Time]
	kin      kin
}

// begin sets the bounds by the first record.
func (s *selector) begin(first *schema.Record) error {
	s.kin = kin{root: s.tree.V, known: make(map[int64]relation)}
	if s.bounds.From != nil {
		s.from.Set(s.bounds.From(first.Time))
	}
	if s.bounds.To != nil {
		s.to.Set(s.bounds.To(first.Time))
	}
	if s.from.OK && s.to.OK && s.from.V > s.to.V {
		return usagef("%w; give a --to that is later than --from", &replay.RangeError{From: s.from.V, To: s.to.V})
	}
	return nil
}

// over says that no record from this one on can be meant, late ones included.
func (s *selector) over(r *schema.Record) bool {
	return s.to.OK && r.Time.Sub(s.to.V) > replay.LateLimit
}

// keeps says whether the record is meant. It must see every record.
func (s *selector) keeps(r *schema.Record) bool {
	related := !s.tree.OK || s.kin.take(r)
	switch {
	case s.from.OK && r.Time < s.from.V, s.to.OK && r.Time > s.to.V:
		return false
	case len(s.types) > 0 && !slices.Contains(s.types, string(r.Type)):
		return false
	case s.cgroup != "" && (!r.Process.Cgroup.OK || !rules.Glob(s.cgroup, r.Process.Cgroup.V)):
		return false
	case !s.aboutProcesses():
		return true
	}
	return r.PID.OK && related &&
		(len(s.pids) == 0 || slices.Contains(s.pids, r.PID.V)) &&
		(s.comm == "" || r.Comm.OK && rules.Glob(s.comm, r.Comm.V)) &&
		(!s.uid.OK || r.UID == s.uid)
}

// kin tells a process and its descendants by birth from all others. It remembers one
// process for each pid.
type kin struct {
	root  int64
	known map[int64]relation
}

// relation is whether a process is one of them.
type relation struct {
	start   schema.Time
	related bool
}

// take says whether the process of a record is one of them. The first record of a process
// decides by its parent, the real one then; later ones may name another.
func (k *kin) take(r *schema.Record) bool {
	if !r.PID.OK || !r.StartTime.OK {
		return false
	}
	if p, ok := k.known[r.PID.V]; ok && p.start == r.StartTime.V {
		return p.related
	}
	parent, ok := k.known[r.PPID.V]
	if r.ParentStartTime.OK && parent.start != r.ParentStartTime.V || parent.start > r.StartTime.V {
		ok = false
	}
	related := r.PID.V == k.root || ok && parent.related
	if ok || related || r.Type != schema.TypeTask {
		k.known[r.PID.V] = relation{r.StartTime.V, related}
	}
	return related
}
