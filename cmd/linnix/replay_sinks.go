package main

import (
	"errors"

	"github.com/linnix-os/linnix/schema"
)

// replaySinks is where the results of 'linnix replay' go: files, standard output as
// JSON Lines, or standard output as text.
type replaySinks struct {
	// alerts and snapshots are nil where nobody wants them as lines. Both may be the
	// same output.
	alerts, snapshots *output
	// text is nil when standard output carries lines.
	text *replayText
}

// openReplaySinks opens what the options ask for. The caller defers discard, and calls
// finish at the end.
func openReplaySinks(opts replayOptions, s *stdio) (*replaySinks, error) {
	if opts.format == formatJSON && opts.alerts == "" {
		opts.alerts = stdoutName
	}
	stdout, err := openOutput(stdoutName, s)
	if err != nil {
		return nil, err
	}
	sinks := &replaySinks{}
	open := func(name string) *output {
		switch {
		case name == "" || err != nil:
			return nil
		case name == stdoutName:
			return stdout
		}
		var out *output
		out, err = openOutput(name, s)
		return out
	}
	sinks.alerts, sinks.snapshots = open(opts.alerts), open(opts.snapshots)
	if err != nil {
		sinks.discard()
		return nil, err
	}
	if sinks.alerts != stdout && sinks.snapshots != stdout {
		sinks.text = newReplayText(stdout)
	}
	return sinks, nil
}

func (r *replaySinks) alert(a *schema.Alert, line []byte) error {
	if r.text != nil {
		if err := r.text.alert(a); err != nil {
			return err
		}
	}
	if r.alerts == nil {
		return nil
	}
	return r.alerts.line(line)
}

func (r *replaySinks) snapshot(line []byte) error {
	if r.snapshots == nil {
		return nil
	}
	return r.snapshots.line(line)
}

// finish writes the end of the text, or says the digest on the error stream, and gives
// the files their names.
func (r *replaySinks) finish(result *replayResult, s *stdio) error {
	var errs []error
	for _, out := range []*output{r.alerts, r.snapshots} {
		if out != nil {
			errs = append(errs, out.commit())
		}
	}
	if r.text != nil {
		errs = append(errs, r.text.end(result))
	} else {
		s.note("digest %s", result.digest)
	}
	return errors.Join(errs...)
}

// discard removes what was not finished.
func (r *replaySinks) discard() {
	for _, out := range []*output{r.alerts, r.snapshots} {
		if out != nil {
			out.discard()
		}
	}
}
