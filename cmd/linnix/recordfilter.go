package main

import (
	"strconv"

	"github.com/linnix-os/linnix/record"
	"github.com/urfave/cli/v2"
)

// filterOf reads the flags that say which processes are recorded.
func filterOf(c *cli.Context) (f record.Filter, err error) {
	if c.IsSet("pid") {
		pid, err := strconv.ParseUint(c.String("pid"), 10, 31)
		if err != nil || pid == 0 {
			return f, usagef("record: --pid %q is no process id; type 'ps -e' for those there are", c.String("pid"))
		}
		f.PID = int64(pid)
	}
	if c.IsSet("uid") {
		uid, err := strconv.ParseUint(c.String("uid"), 10, 32)
		if err != nil {
			return f, usagef("record: --uid %q is no user id; type 'id -u NAME' for that of a name", c.String("uid"))
		}
		f.UID = new(uint32)
		*f.UID = uint32(uid)
	}
	for _, name := range [...]string{"cgroup", "comm"} {
		if c.IsSet(name) && c.String(name) == "" {
			return f, usagef("record: --%s needs a value; type 'linnix record --help'", name)
		}
	}
	f.Cgroup, f.Comm = c.String("cgroup"), c.String("comm")
	return f, nil
}
