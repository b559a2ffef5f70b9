package main

import (
	"context"
	"fmt"
	"io"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// verifyReplay replays once more and holds the state after every record, and every
// alert and snapshot, against those of the first run, which left the trail. Where they
// part is exit code 1; a third run then tells the record of a capture that is too long
// to remember the state after each.
func verifyReplay(ctx context.Context, opts replayOptions, set []rules.Rule, first *replayResult) error {
	second := opts.trail.Again()
	result, err := retrace(ctx, opts, set, second)
	if err != nil {
		return err
	}
	parted := second.Divergence()
	if third := second.Retrace(); third != nil {
		if _, err := retrace(ctx, opts, set, third); err != nil {
			return err
		}
		if exact := third.Divergence(); exact != nil {
			parted = exact
		}
	}
	switch {
	case parted != nil:
		return withCode(exitFailed, fmt.Errorf("verify: two runs first differ at %s; report this with 'linnix version'", parted))
	case result.digest != first.digest:
		return withCode(exitFailed, fmt.Errorf("verify: the digest of the second run is %s; report this with 'linnix version'", result.digest))
	}
	return nil
}

// retrace replays in silence, along a trail.
func retrace(ctx context.Context, opts replayOptions, set []rules.Rule, trail *replay.Trail) (*replayResult, error) {
	opts.trail = trail
	return replayOnce(ctx, opts, set, noSink{}, &stdio{out: io.Discard, err: io.Discard})
}

// noSink wants no results.
type noSink struct{}

func (noSink) alert(*schema.Alert, []byte) error { return nil }
func (noSink) snapshot([]byte) error             { return nil }
