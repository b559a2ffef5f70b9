package main

import (
	"errors"
	"slices"

	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/schema"
)

// replaySinks is where the results of 'linnix replay' go: files, and standard output
// as JSON Lines or as text.
type replaySinks struct {
	// outputs are all there are, each once, standard output first.
	outputs []*output
	// alerts and snapshots are those that take lines. An output may be in both, and
	// gets them as they come.
	alerts, snapshots []*output
	// text is nil when standard output carries lines, or cases in a format.
	text   *replayText
	cases  *output
	format string
}

// openReplaySinks opens what the options ask for. The caller defers discard, and calls
// finish at the end.
func openReplaySinks(opts replayOptions, s *stdio) (*replaySinks, error) {
	sinks := &replaySinks{format: opts.format}
	stdout, err := sinks.open(stdoutName, s)
	if err != nil {
		return nil, err
	}
	switch {
	case opts.format == formatText:
	case opts.expect.wanted:
		sinks.cases = stdout
	default:
		sinks.alerts = append(sinks.alerts, stdout)
	}
	for _, want := range []struct {
		name string
		list *[]*output
	}{{opts.alerts, &sinks.alerts}, {opts.snapshots, &sinks.snapshots}} {
		if want.name == "" {
			continue
		}
		out, err := sinks.open(want.name, s)
		if err != nil {
			sinks.discard()
			return nil, err
		}
		if !slices.Contains(*want.list, out) {
			*want.list = append(*want.list, out)
		}
	}
	if sinks.cases == nil && !slices.Contains(sinks.alerts, stdout) && !slices.Contains(sinks.snapshots, stdout) {
		sinks.text = newReplayText(stdout)
	}
	if len(sinks.outputs) > 1 || opts.strict || opts.requireComplete || opts.verify || opts.expect.wanted {
		sinks.outliveReaders()
	}
	return sinks, nil
}

// open opens an output, or returns the one that is open under a name for the same.
func (r *replaySinks) open(name string, s *stdio) (*output, error) {
	for _, out := range r.outputs {
		if sameOutput(name, out.name, s) {
			return out, nil
		}
	}
	out, err := openOutput(name, s)
	if err == nil {
		r.outputs = append(r.outputs, out)
	}
	return out, err
}

// outliveReaders makes a reader that leaves early end its own stream only: the others
// and the exit code are wanted as well.
func (r *replaySinks) outliveReaders() {
	for _, out := range r.outputs {
		out.to.patient = true
	}
}

func (r *replaySinks) alert(a *schema.Alert, line []byte) error {
	if r.text != nil {
		if err := r.text.alert(a); err != nil {
			return err
		}
	}
	return writeLine(r.alerts, line)
}

func (r *replaySinks) snapshot(line []byte) error { return writeLine(r.snapshots, line) }

func writeLine(outputs []*output, line []byte) error {
	for _, out := range outputs {
		if err := out.line(line); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the end of the text, or says on the error stream what of it the lines
// do not tell, and gives the files their names.
func (r *replaySinks) finish(result *replayResult, s *stdio) error {
	if r.text != nil {
		r.text.end(result)
	} else {
		for _, line := range openAtEndLines(result.outcomes) {
			s.note("%s", line)
		}
		s.note("digest %s", result.digest)
		if err := r.tellCases(result, s); err != nil {
			return err
		}
	}
	var errs []error
	for _, out := range r.outputs {
		errs = append(errs, out.commit())
	}
	return errors.Join(errs...)
}

// tellCases writes what was expected in the format asked for; when standard output
// carries other lines, for people on the error stream.
func (r *replaySinks) tellCases(result *replayResult, s *stdio) error {
	switch {
	case result.expected == nil:
		return nil
	case r.cases != nil:
		return withOutputCode(expect.Write(r.cases, r.format, result.expected))
	}
	return expect.Write(s.err, r.format, result.expected)
}

// discard removes what was not finished.
func (r *replaySinks) discard() {
	for _, out := range r.outputs {
		out.discard()
	}
}
