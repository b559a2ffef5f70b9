package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is what the Makefile stamps into the binary (-ldflags -X); "dev" when it
// was built by hand.
var version = "dev"

func newVersionCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Description: help{
			about:    "Prints the version, the Go release it was built with, and the platform.",
			examples: []string{"linnix version", "linnix --version"},
			exits:    []int{exitOK, exitOutput},
		}.String(),
		Action: func(*cli.Context) error {
			_, err := fmt.Fprintf(s.out, "linnix %s (%s, %s/%s)\n", toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return withOutputCode(err)
		},
	}
}

// toolVersion returns the stamped version, or that of the module when it was built
// by go install.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); version == "dev" && ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
