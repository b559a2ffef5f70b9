package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

func newReplayRulesCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:  "replay rules",
		Usage: "print the built-in rules",
		Description: help{
			about: `Prints the rules that 'linnix replay' uses without --rules, with the reason of each.
They are a good start for your own.`,
			examples: []string{"linnix replay rules > my.yaml"},
			exits:    []int{exitOK, exitUsage, exitOutput},
		}.String(),
		Action: func(*cli.Context) error {
			_, err := s.out.Write(rules.DefaultYAML())
			return withOutputCode(err)
		},
	}
}

func newReplayCheckCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:      "replay check",
		Usage:     "find everything that is wrong in a rule file",
		ArgsUsage: "RULES…",
		Description: help{
			about: `Reads rule files as 'linnix replay' would, and prints every problem with its file,
line and column, and what to write instead.`,
			examples: []string{"linnix replay check my.yaml"},
			exits:    []int{exitOK, exitUsage, exitRules, exitOutput},
		}.String(),
		Action: func(c *cli.Context) error { return runReplayCheck(c.Args().Slice(), s) },
	}
}

func runReplayCheck(names []string, s *stdio) error {
	if len(names) == 0 {
		return usagef("replay check: which file? 'linnix replay rules > my.yaml' makes one to start from")
	}
	wrong := false
	for _, name := range names {
		set, err := loadRuleFile(name)
		var problems document.Problems
		switch {
		case errors.As(err, &problems):
			wrong = true
			for _, p := range problems {
				if _, err := fmt.Fprintln(s.out, p); err != nil {
					return withOutputCode(err)
				}
			}
			s.note("%s: %s", name, count(int64(len(problems)), "problem"))
		case err != nil:
			return err
		default:
			s.note("%s: %s, no problem", name, count(int64(len(set)), "rule"))
		}
	}
	if wrong {
		return quietly(exitRules)
	}
	return nil
}

// loadRules loads a rule file, or the built-in rules without a name.
func loadRules(name string) ([]rules.Rule, error) {
	if name == "" {
		return rules.Default(), nil
	}
	return loadRuleFile(name)
}

// loadRuleFile loads a rule file; its errors have exit code 3.
func loadRuleFile(name string) ([]rules.Rule, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("open rules: %w; 'linnix replay rules' prints some to start from", err))
	}
	defer file.Close()
	// One byte more than is allowed, so that the loader can tell.
	text, err := io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("read rules: %w", err))
	}
	set, err := rules.Load(name, text)
	return set, withCode(exitRules, err)
}
