// Command label writes the label.json of a recorded scenario: what the workload itself
// said of its incidents, in LINNIX_MARKS, with times that count from the start of the
// capture. It ends with code 75 where other processes were busy meanwhile.
//
//	go run ./scripts/label -scenario fork_storm -variant chain -seed 17 -marks FILE CAPTURE
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// exitNotQuiet is the code for a label that is written, of a capture that shows more.
const exitNotQuiet = 75

func main() {
	var l schema.Label
	flag.StringVar(&l.Scenario, "scenario", "", "`name` of the scenario")
	flag.StringVar(&l.Variant, "variant", "", "`name` of its variant")
	seed := flag.Int64("seed", 0, "`seed` of its figures")
	marks := flag.String("marks", "", "`file` with the marks of the workload")
	flag.Parse()
	if flag.NArg() != 1 || *marks == "" {
		fmt.Fprintln(os.Stderr, "usage: label -scenario NAME -variant NAME -seed N -marks FILE CAPTURE")
		os.Exit(2)
	}
	l.Seed.Set(*seed)
	if err := write(&l, *marks, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "label:", err)
		if errors.Is(err, errNotQuiet) {
			os.Exit(exitNotQuiet)
		}
		os.Exit(1)
	}
}

// write prints the label of a capture; errNotQuiet comes after that.
func write(l *schema.Label, marks, name string) error {
	text, err := os.ReadFile(marks)
	if err != nil {
		return err
	}
	incidents, err := parseMarks(string(text))
	if err != nil {
		return fmt.Errorf("read %s: %w", marks, err)
	}
	source, err := capture.Open(name)
	if err != nil {
		return err
	}
	defer source.Close()
	records := watched{reader: source}
	if l.Incidents, err = labelled(incidents, &records); err != nil {
		return fmt.Errorf("label %s: %w", name, err)
	}
	out, err := l.AppendJSON(nil)
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("%s\n", out); err != nil {
		return err
	}
	return records.quiet()
}
