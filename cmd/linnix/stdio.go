package main

import (
	"fmt"
	"io"
)

// stdio holds the three streams of a run. A command takes them from here and never
// from package os, so that a test can stand in for the terminal.
type stdio struct {
	in io.Reader
	// out takes the answer and nothing else.
	out io.Writer
	// err takes messages, each line of linnix's own with the prefix "linnix: ".
	err io.Writer
	// config holds the defaults of flags for this run; nil for none.
	config *config
}

// note writes one message to the error stream, with the prefix that every message
// of linnix bears.
func (s *stdio) note(format string, args ...any) {
	fmt.Fprintf(s.err, "linnix: "+format+"\n", args...)
}
