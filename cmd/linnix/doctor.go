package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/linnix-os/linnix/record"
	"github.com/urfave/cli/v2"
)

type doctorOptions struct{ json bool }

func newDoctorCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "tell whether 'linnix record' will work here, and what to do if not",
		Description: help{
			about: `Checks what recording needs, by doing it for a moment: nothing is kept. Each check that
fails comes with what to do.`,
			examples: []string{"linnix doctor", "linnix doctor --json"},
			exits:    []int{exitOK, exitUsage, exitNotPermitted},
		}.String(),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a check"},
		},
		Action: func(c *cli.Context) error {
			return runDoctor(c.Context, doctorOptions{json: c.Bool("json")}, s)
		},
	}
}

func runDoctor(_ context.Context, opts doctorOptions, s *stdio) error {
	works := true
	for _, check := range record.Diagnose() {
		works = works && (check.OK || !check.Needed)
		if err := printCheck(s, check, opts.json); err != nil {
			return err
		}
	}
	if !works {
		if !opts.json {
			s.note("'linnix record' will not work here")
		}
		return quietly(exitNotPermitted)
	}
	if !opts.json {
		s.note("'linnix record' will work here")
	}
	return nil
}

func printCheck(s *stdio, check record.Check, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(s.out).Encode(check)
	}
	mark := "ok  "
	switch {
	case !check.OK && check.Needed:
		mark = "FAIL"
	case !check.OK:
		mark = "warn"
	}
	line := fmt.Sprintf("%s  %-14s %s\n", mark, check.Name, check.Detail)
	if check.Remedy != "" {
		line += fmt.Sprintf("      %-14s → %s\n", "", check.Remedy)
	}
	_, err := fmt.Fprint(s.out, line)
	return err
}
