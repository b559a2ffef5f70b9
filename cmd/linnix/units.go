package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// durationFlag reads a flag as a Go duration; a plain number means seconds.
func durationFlag(c *cli.Context, name string) (time.Duration, error) {
	d, err := parseDuration(c.String(name))
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
	n, err := parseSize(c.String(name))
	if err != nil {
		return 0, usagef("%s: --%s %q is no size; try --%[2]s %[4]s", c.Command.Name, name, c.String(name), example)
	}
	return n, nil
}

// parseSize reads a number of bytes above 0, with a unit perhaps.
func parseSize(text string) (int, error) {
	digits, factor := text, int64(1)
	for _, unit := range sizeUnits {
		if before, found := strings.CutSuffix(text, unit.suffix); found {
			digits, factor = strings.TrimSpace(before), unit.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 31)
	if err != nil || n <= 0 || n > (1<<40)/factor {
		return 0, fmt.Errorf("%q is no size", text)
	}
	return int(n * factor), nil
}

// parseDuration reads a Go duration; a plain number means seconds.
func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseUint(text, 10, 31); err == nil {
		text += "s"
	}
	return time.ParseDuration(text)
}
