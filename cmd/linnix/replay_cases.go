package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay"
)

// replayCases replays each capture on its own: those that are named, and those in
// folders that are. The results stand in their order.
type replayCases struct {
	names []string
	opts  replayOptions
	// total adds up what completeness asks of a result.
	total replayResult
}

// findCases finds the captures to replay, each once; a folder without any is exit code 5.
func findCases(opts replayOptions) (*replayCases, error) {
	if err := checkCaptureNames("replay", opts.names); err != nil {
		return nil, err
	}
	c := &replayCases{opts: opts}
	for _, name := range opts.names {
		found, err := capturesIn(name)
		if err != nil {
			return nil, withCode(exitCapture, fmt.Errorf("open capture: %w", err))
		}
		if len(found) == 0 {
			return nil, withCode(exitNothing, fmt.Errorf(
				"nothing was tested: %s holds no capture; 'linnix record -d 10s -o %s' makes one", name, filepath.Join(name, "host.parquet")))
		}
		for _, f := range found {
			if !slices.Contains(c.names, f) {
				c.names = append(c.names, f)
			}
		}
	}
	return c, nil
}

// capturesIn lists the captures below a folder by path, or the name of anything else.
// What lies beside an unfinished capture belongs to its name.
func capturesIn(name string) (found []string, err error) {
	info, err := os.Stat(name)
	if name == stdinName || err != nil || !info.IsDir() {
		return []string{name}, nil // a missing one is found out when it is opened
	}
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		whole, partial := strings.CutSuffix(path, ".partial")
		_, notOne := capture.FormatOf(whole)
		switch {
		case err != nil:
			return err
		case partial && notOne == nil:
			found = append(found, whole)
		case !entry.IsDir() && notOne == nil:
			found = append(found, path)
		}
		if partial && entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// replay replays one case and adds up what it lacks.
func (c *replayCases) replay(ctx context.Context, name string, newHandlers func(h *replay.Host) []replay.Handler, s *stdio) error {
	opts := c.opts
	opts.names = []string{name}
	result, err := replayWith(ctx, opts, newHandlers, s)
	if err != nil {
		return err
	}
	c.total.unfinished += result.unfinished
	c.total.summary.Records += result.summary.Records
	c.total.summary.Lost += result.summary.Lost
	c.total.summary.LossRecords += result.summary.LossRecords
	c.total.summary.Late += result.summary.Late
	return nil
}

// finish says what is wrong with the cases as a whole.
func (c *replayCases) finish() error {
	if c.total.summary.Records == 0 {
		return withCode(exitNothing, errors.New("nothing was replayed: no capture has a record between --from and --to; leave them out"))
	}
	return c.total.completeness(c.opts)
}

// replayWith replays the captures of the options through handlers of the caller's.
func replayWith(ctx context.Context, opts replayOptions, newHandlers func(h *replay.Host) []replay.Handler, s *stdio) (*replayResult, error) {
	opened, err := openCaptures(ctx, "replay", opts.names, s)
	if err != nil {
		return nil, err
	}
	defer opened.close()
	summary, err := replay.Run(readingContext(ctx, opts.names), opened.sources(), opts.bounds, newHandlers)
	if err != nil {
		return nil, replayError(err, opened)
	}
	return &replayResult{summary: summary, unfinished: opened.remarks(s)}, nil
}
