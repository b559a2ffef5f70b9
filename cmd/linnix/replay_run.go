package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

// resultSink takes the results of a replay as they come, each with its JSON line, which
// is valid until the call returns. An error ends the replay.
type resultSink interface {
	alert(a *schema.Alert, line []byte) error
	snapshot(line []byte) error
}

// replayOnce opens the captures and replays them, passing each alert and snapshot to
// the sink.
func replayOnce(ctx context.Context, opts replayOptions, set []rules.Rule, sink resultSink, s *stdio) (*replayResult, error) {
	opened, err := openCaptures(ctx, "replay", opts.names, s)
	if err != nil {
		return nil, err
	}
	defer opened.close()
	ctx, stop := context.WithCancelCause(readingContext(ctx, opts.names))
	defer stop(nil)
	p := pass{sink: sink, stop: stop, digest: replay.NewDigest(), trail: opts.trail}
	var engines []*rules.Engine
	summary, err := replay.Run(ctx, opened.sources(), opts.bounds, func(h *replay.Host) []replay.Handler {
		engine := rules.NewEngine(set, p.alert)
		engines = append(engines, engine)
		builder, err := snapshot.New(opts.every, p.snapshot)
		p.keep(err)
		if p.trail == nil {
			return []replay.Handler{engine, builder}
		}
		engine.KeepState()
		return []replay.Handler{engine, builder, p.trail.Follow(engine, builder)}
	})
	if p.trail != nil {
		p.trail.Finish()
	}
	if p.err != nil {
		return nil, p.err
	}
	if err != nil {
		return nil, replayError(err, opened)
	}
	digest, err := p.digest.Sum()
	if err != nil {
		return nil, err
	}
	return &replayResult{
		summary: summary, outcomes: joinOutcomes(engines), snapshots: p.snapshots,
		digest: digest, unfinished: opened.remarks(s),
	}, nil
}

// pass sends the results of one replay through the digest to the sink.
type pass struct {
	sink      resultSink
	stop      context.CancelCauseFunc
	digest    *replay.Digest
	trail     *replay.Trail // nil if no two runs are compared
	snapshots int64
	err       error // the first
}

func (p *pass) alert(a *schema.Alert) {
	line, err := p.digest.WriteAlert(a)
	p.keep(err)
	if p.err == nil {
		p.follow(line)
		p.keep(p.sink.alert(a, line))
	}
}

func (p *pass) snapshot(snap *schema.Snapshot) {
	p.snapshots++
	line, err := p.digest.WriteSnapshot(snap)
	p.keep(err)
	if p.err == nil {
		p.follow(line)
		p.keep(p.sink.snapshot(line))
	}
}

func (p *pass) follow(line []byte) {
	if p.trail != nil {
		p.trail.Result(line)
	}
}

// keep remembers the first error and ends the replay.
func (p *pass) keep(err error) {
	if err != nil && p.err == nil {
		p.err = err
		p.stop(err)
	}
}

// sources returns the captures as the replay wants them.
func (c captures) sources() []replay.Source {
	sources := make([]replay.Source, len(c))
	for i, source := range c {
		sources[i] = source
	}
	return sources
}

// replayError gives an error of a replay its exit code: it is the capture's, unless
// the user has interrupted, or asked for the impossible.
func replayError(err error, opened captures) error {
	var time *replay.TimeError
	var bounds *replay.RangeError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &bounds):
		return usagef("%w; give a --to that is later than --from", err)
	case errors.As(err, &time):
		return withCode(exitCapture, fmt.Errorf("%s: %w", opened[time.Source].Name(), err))
	default:
		return withCode(exitCapture, err)
	}
}

// joinOutcomes adds up what became of each rule over all hosts.
func joinOutcomes(engines []*rules.Engine) []rules.Outcome {
	if len(engines) == 0 {
		return nil
	}
	joined := engines[0].Outcomes()
	for _, e := range engines[1:] {
		for i, o := range e.Outcomes() {
			joined[i].Add(o)
		}
	}
	return joined
}
