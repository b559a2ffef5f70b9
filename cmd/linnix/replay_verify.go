package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// verifyReplay replays once more and compares every alert and snapshot with those of
// the first run, which log has seen. A difference is exit code 1.
func verifyReplay(ctx context.Context, opts replayOptions, set []rules.Rule, log *lineLog, first *replayResult) error {
	silent := &stdio{out: io.Discard, err: io.Discard}
	second, err := replayOnce(ctx, opts, set, &lineCheck{want: log.sums}, silent)
	if err != nil {
		return err
	}
	if second.digest != first.digest {
		return withCode(exitFailed, fmt.Errorf("verify: the digest of the second run is %s; report this with 'linnix version'", second.digest))
	}
	return nil
}

// lineLog passes results on and keeps a checksum of each.
type lineLog struct {
	next resultSink
	sums [][sha256.Size]byte
}

func (l *lineLog) alert(a *schema.Alert, line []byte) error {
	l.sums = append(l.sums, sha256.Sum256(line))
	return l.next.alert(a, line)
}

func (l *lineLog) snapshot(line []byte) error {
	l.sums = append(l.sums, sha256.Sum256(line))
	return l.next.snapshot(line)
}

// lineCheck compares results with the checksums of an earlier run.
type lineCheck struct {
	want [][sha256.Size]byte
	seen int
}

func (c *lineCheck) alert(_ *schema.Alert, line []byte) error { return c.compare("alert", line) }
func (c *lineCheck) snapshot(line []byte) error               { return c.compare("snapshot", line) }

func (c *lineCheck) compare(kind string, line []byte) error {
	if c.seen >= len(c.want) || sha256.Sum256(line) != c.want[c.seen] {
		return withCode(exitFailed, fmt.Errorf("verify: the second run first differs in result %d, this %s: %s; report this with 'linnix version'",
			c.seen+1, kind, schema.Clip(string(line), 200)))
	}
	c.seen++
	return nil
}
