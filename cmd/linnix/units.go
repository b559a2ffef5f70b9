package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// durationFlag reads a flag as a Go duration; a plain number means seconds.
func durationFlag(c *cli.Context, name string) (time.Duration, error) {
	text := c.String(name)
	if _, err := strconv.ParseUint(text, 10, 31); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usagef("%s: --%s %q is no length of time; try --%[2]s 10s", c.Command.Name, name, c.String(name))
	}
	return d, nil
}

// sizeUnits are the suffixes of a size, in bytes.
var sizeUnits = [...]struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}}

// sizeFlag reads a flag as bytes: 65536, 64KiB, 16M. Its error shows the example.
func sizeFlag(c *cli.Context, name, example string) (int, error) {
	text := c.String(name)
	digits, factor := text, int64(1)
	for _, unit := range sizeUnits {
		if before, found := strings.CutSuffix(text, unit.suffix); found {
			digits, factor = strings.TrimSpace(before), unit.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 31)
	if err != nil || n <= 0 || n > (1<<40)/factor {
		return 0, usagef("%s: --%s %q is no size; try --%[2]s %[4]s", c.Command.Name, name, text, example)
	}
	return int(n * factor), nil
}
