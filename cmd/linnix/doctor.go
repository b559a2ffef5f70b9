package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linnix-os/linnix/record"
	"github.com/urfave/cli/v2"
)

type doctorOptions struct {
	// output is the capture that is to be recorded; empty is what record would take.
	output string
	json   bool
}

func newDoctorCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "tell whether 'linnix record' will work here, and what to do if not",
		Description: help{
			about: `Checks what recording needs by doing it for a moment: the programs are loaded and attached,
a recording is begun, the capture is created and up to 8 MiB are written beside it; nothing
is kept. Give it the user, the folder and the -o FILE of the recording to be.

A check that FAILs hinders 'linnix record'; one that warns leaves something absent or less
sure. Each comes with what to do. --json prints an object a check, one a line: "name",
which is stable; "ok"; "needed", true if record fails without it; "detail"; and "remedy"
unless ok.`,
			examples: []string{"linnix doctor", "linnix doctor -o night.parquet", "linnix doctor --json"},
			exits:    []int{exitOK, exitUsage, exitNotPermitted, exitOutput},
		}.String(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "check that `FILE` can be recorded to, as record -o (default a new file in this folder)"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a check"},
		},
		Action: func(c *cli.Context) error {
			return runDoctor(c.Context, doctorOptions{output: c.String("output"), json: c.Bool("json")}, s)
		},
	}
}

func runDoctor(_ context.Context, opts doctorOptions, s *stdio) error {
	if opts.output == "" {
		opts.output = defaultOutput(time.Now())
	}
	checks := append(record.Diagnose(), diagnoseTarget(opts.output, s)...)
	failed := obstacles(checks)
	if opts.json {
		if err := answer(s, func(w io.Writer) { encodeChecks(w, checks) }); err != nil || failed == nil {
			return err
		}
		return quietly(exitNotPermitted)
	}
	if err := answer(s, func(w io.Writer) { printChecks(w, checks) }); err != nil {
		return err
	}
	if failed != nil {
		s.note("'linnix record' will not work here: %s", strings.Join(failed, ", "))
		return quietly(exitNotPermitted)
	}
	s.note("'linnix record' will work here")
	return nil
}

// obstacles names the checks that hinder a recording: of those that want the same done,
// the first.
func obstacles(checks []record.Check) (names []string) {
	wanted := make(map[string]bool)
	for _, check := range checks {
		if check.Needed && !check.OK && !wanted[check.Remedy] {
			wanted[check.Remedy] = true
			names = append(names, check.Name)
		}
	}
	return names
}

// encodeChecks writes one JSON object a line. Errors stay with w, as bufio keeps them.
func encodeChecks(w io.Writer, checks []record.Check) {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, check := range checks {
		_ = encoder.Encode(check)
	}
}

// printChecks writes a line a check, and its remedy below. What several checks want is
// said once.
func printChecks(w io.Writer, checks []record.Check) {
	width := 0
	for _, check := range checks {
		width = max(width, len(check.Name))
	}
	said := make(map[string]bool)
	for _, check := range checks {
		fmt.Fprintf(w, "%s  %-*s  %s\n", markOf(check), width, check.Name, visible(check.Detail))
		if check.Remedy != "" && !said[check.Remedy] {
			said[check.Remedy] = true
			fmt.Fprintf(w, "      %-*s  → %s\n", width, "", visible(check.Remedy))
		}
	}
}

func markOf(check record.Check) string {
	switch {
	case check.OK:
		return "ok  "
	case check.Needed:
		return "FAIL"
	default:
		return "warn"
	}
}
