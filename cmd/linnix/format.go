package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The output formats of this package's own. JSON means JSON Lines: one object a line.
const (
	formatText = "text"
	formatJSON = "json"
)

// formatFlag makes a command's --format; the first of the formats is the default.
func formatFlag(to *string, formats ...string) cli.Flag {
	return &cli.StringFlag{
		Name:        "format",
		Usage:       "print `FORMAT`: " + strings.Join(formats, " or "),
		Value:       formats[0],
		Destination: to,
	}
}

// checkFormat makes a usage error of a format that is not one of those there are.
func checkFormat(command, format string, formats []string) error {
	if slices.Contains(formats, format) {
		return nil
	}
	return usagef("%s: unknown format %q%s; use --format %s", command, format, didYouMean(format, formats), strings.Join(formats, " or "))
}
