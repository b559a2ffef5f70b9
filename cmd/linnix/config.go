package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

func newConfigCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:  "config",
		Usage: "print the configuration: the default of every flag",
		Description: help{
			about: `Prints a configuration file (TOML) with every flag of every command. Those that no
configuration sets are comments: take out the # before what you want to change.
'linnix --config FILE COMMAND' uses a file, and so does every command while the
environment's LINNIX_CONFIG names one; --config wins. A flag that is typed wins over both.
A file sets defaults of flags and nothing else; those that choose what a run does, such as
--expect or --coverage, are typed each time. It is checked as a whole, whatever the
command: unknown keys, wrong values, each with its line.`,
			examples: []string{
				"linnix config > linnix.toml",
				"linnix --config linnix.toml config",
				"LINNIX_CONFIG=linnix.toml linnix replay host.parquet",
			},
			exits: []int{exitOK, exitUsage, exitRules, exitOutput},
		}.String(),
		Action: func(*cli.Context) error {
			return answer(s, func(w io.Writer) { printConfig(w, commandTable(s), s.config) })
		},
	}
}

const configHead = `# The configuration of linnix: defaults for the flags of each command. Use it by
#
#   linnix --config linnix.toml COMMAND …
#   LINNIX_CONFIG=linnix.toml linnix COMMAND …
#
# What is typed wins. Names of files are as if typed: below the current folder.
`

// printConfig writes every flag of the commands with its value in config, or as a
// comment with its default.
func printConfig(w io.Writer, commands []*cli.Command, config *config) {
	fmt.Fprint(w, configHead)
	for _, cmd := range commands {
		if len(cmd.Flags) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n# linnix %s – %s\n[%s]\n", cmd.Name, cmd.Usage, strings.Join(strings.Fields(cmd.Name), "."))
		for _, f := range cmd.Flags {
			d, ok := f.(cli.DocGenerationFlag)
			if !ok || isMode(longName(f)) {
				continue
			}
			_, usage := placeholderOf(d)
			fmt.Fprintf(w, "# %s\n", usage)
			name := longName(f)
			if value, set := config.value(cmd.Name, name); set {
				fmt.Fprintf(w, "%s = %s\n", name, tomlValue(d, value))
			} else {
				fmt.Fprintf(w, "# %s = %s\n", name, tomlValue(d, strings.Trim(d.GetDefaultText(), `"`)))
			}
		}
	}
}

// longName is the name that a configuration calls a flag by.
func longName(f cli.Flag) string {
	for _, name := range f.Names() {
		if len(name) > 1 {
			return name
		}
	}
	return f.Names()[0]
}

func tomlValue(f cli.DocGenerationFlag, value string) string {
	if f.TakesValue() {
		return strconv.Quote(value)
	}
	if value == "" {
		return "false"
	}
	return value
}
