package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

type captureInfoOptions struct {
	names  []string
	format string
}

func newCaptureInfoCommand(s *stdio) *cli.Command {
	var opts captureInfoOptions
	return &cli.Command{
		Name:      "capture info",
		Usage:     "say what a capture holds",
		ArgsUsage: "CAPTURE…",
		Flags:     []cli.Flag{formatFlag(&opts.format, formatText, formatJSON)},
		Description: help{
			about: `Reads each capture to its end and says where and when it was recorded, how
many records of each type it has, and whether it is complete.`,
			examples: []string{
				"linnix capture info host.parquet",
				"linnix capture info --format json host.parquet",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.names = c.Args().Slice()
			return runCaptureInfo(c.Context, opts, s)
		},
	}
}

func runCaptureInfo(ctx context.Context, opts captureInfoOptions, s *stdio) error {
	if err := checkFormat("capture info", opts.format, []string{formatText, formatJSON}); err != nil {
		return err
	}
	write := writeInfoText
	if opts.format == formatJSON {
		write = writeInfoJSON
	}
	sources, err := openCaptures(ctx, "capture info", opts.names, s)
	if err != nil {
		return err
	}
	defer sources.close()
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	for i, source := range sources {
		summary, err := capture.Summarise(source)
		if err != nil {
			return withCode(exitCapture, err)
		}
		if i > 0 && opts.format == formatText {
			fmt.Fprintln(out)
		}
		write(out, summary)
	}
	sources.remarks(s)
	return out.commit()
}

func writeInfoText(w io.Writer, sum *capture.Summary) {
	meta := &sum.Meta.Meta
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-10s%s\n", name, visible(fmt.Sprintf(format, args...)))
	}
	row("host", "%s, Linux %s, %s, %s, %s of memory", meta.Host.Or("unknown"), meta.Kernel.Or("unknown"),
		meta.Arch.Or("unknown"), count(meta.CPUs.V, "CPU"), byteSize(meta.MemTotalBytes.V))
	row("recorded", "from %v to %v (%s) by linnix %s", sum.From, sum.To, seconds(sum.To.Sub(sum.From)), meta.ToolVersion.Or("unknown"))
	row("command", "%s", commandText(meta.Command.V))
	row("records", "%d in %s", sum.Records, byteSize(sum.Bytes))
	for _, t := range schema.Types {
		if n := sum.Counts[t]; n > 0 {
			row("", "%-7s %d", t, n)
		}
	}
	if total, ok := accountOf(sum); ok {
		row("lost", "%d of %s", total.Lost, count(total.Attempted, "event"))
		if total.Filtered > 0 {
			row("filtered", "%s", count(total.Filtered, "event"))
		}
	}
	complete := "yes"
	if !sum.Complete {
		complete = "no: " + sum.Reason
	} else if reason := sum.End.StopReason.V; reason != "" {
		complete = "yes, stopped by " + strings.ReplaceAll(reason, "_", " ")
	}
	row("complete", "%s", complete)
}

// writeInfoJSON writes one object: the summary, then the members of the meta record.
func writeInfoJSON(w io.Writer, sum *capture.Summary) {
	head := struct {
		Records    int64                 `json:"records"`
		Counts     map[schema.Type]int64 `json:"counts"`
		From       schema.Time           `json:"from"`
		To         schema.Time           `json:"to"`
		Complete   bool                  `json:"complete"`
		Reason     string                `json:"reason,omitempty"`
		StopReason string                `json:"stop_reason,omitempty"`
		Lost       *int64                `json:"lost,omitempty"`
		Filtered   int64                 `json:"filtered,omitempty"`
		Bytes      int64                 `json:"bytes"`
	}{
		Records: sum.Records, Counts: sum.Counts, From: sum.From, To: sum.To,
		Complete: sum.Complete, Reason: sum.Reason, Bytes: sum.Bytes,
	}
	if sum.End != nil {
		head.StopReason = sum.End.StopReason.V
	}
	if total, ok := accountOf(sum); ok {
		head.Lost, head.Filtered = &total.Lost, total.Filtered
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err) // Numbers, times and strings always marshal.
	}
	fmt.Fprintf(w, "%s%s\n", bytes.TrimSuffix(text, []byte("}")), metaMembers(&sum.Meta))
}

// metaMembers returns the JSON text of a meta record from the comma after its common
// fields on.
func metaMembers(meta *schema.Record) []byte {
	common := schema.Record{Type: meta.Type, Time: meta.Time, Seq: meta.Seq}
	skip := len(schema.AppendJSON(nil, &common)) - len("}")
	return schema.AppendJSON(nil, meta)[skip:]
}

// accountOf adds up the end record's account of events.
func accountOf(sum *capture.Summary) (total schema.EventCount, ok bool) {
	if sum.End == nil || !sum.End.Counts.OK {
		return total, false
	}
	var counts map[schema.Type]schema.EventCount
	if err := json.Unmarshal([]byte(sum.End.Counts.V), &counts); err != nil {
		return total, false
	}
	for _, c := range counts {
		total.Attempted += c.Attempted
		total.Written += c.Written
		total.Filtered += c.Filtered
		total.Lost += c.Lost
	}
	return total, true
}
