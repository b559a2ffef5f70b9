package main

import (
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

// loadRules loads a rule file, or the built-in rules without a name.
func loadRules(name string) ([]rules.Rule, error) {
	if name == "" {
		return rules.Default(), nil
	}
	return loadRuleFile(name)
}

// loadRuleFile loads a rule file; its errors have exit code 3.
func loadRuleFile(name string) ([]rules.Rule, error) {
	text, err := readRuleFile(name)
	if err != nil {
		return nil, err
	}
	set, err := rules.Load(name, text)
	return set, withCode(exitRules, err)
}

// readRuleFile reads a rule file, and of one that is too large a byte more than is
// allowed, so that it can be told. Its errors have exit code 3.
func readRuleFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("open rules: %w; 'linnix replay rules' prints some to start from", err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("read rules: %w", err))
	}
	return text, nil
}
