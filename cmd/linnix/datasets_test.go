package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

var update = flag.Bool("update", false, "rewrite what is committed of datasets/captures: the replays, and the context of the records in datasets/examples; their words stay")

const (
	captureFolders = "../../datasets/captures/*"
	// maxCaptureBytes keeps the repository small.
	maxCaptureBytes = 1 << 20
	// onsetTolerance is how far the onset may lie from the label's.
	onsetTolerance = 2 * time.Second
)

// TestDatasetCaptures replays every labelled capture and compares what insight finds
// with its label. A new case is a folder.
func TestDatasetCaptures(t *testing.T) {
	for _, folder := range mustGlob(t, captureFolders) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(folder, "README.md")); err != nil {
				t.Error(err)
			}
			file := captureIn(t, folder)
			if info, err := os.Stat(file); err != nil || info.Size() > maxCaptureBytes {
				t.Errorf("%s: %v bytes (error %v), want at most %d", file, info.Size(), err, maxCaptureBytes)
			}
			records, summary := analyze(t, file)
			compareLabel(t, readLabel(t, folder), records, summary.From)
		})
	}
}

func compareLabel(t *testing.T, want *schema.Label, records []schema.DatasetRecord, start schema.Time) {
	t.Helper()
	if len(want.Incidents) == 0 {
		if len(records) != 1 || records[0].Insight.Class != schema.ClassNormal {
			t.Errorf("found %v, want one record that says normal", classesFound(records))
		}
		return
	}
	if len(records) != len(want.Incidents) {
		t.Fatalf("found %v, want %d incidents", classesFound(records), len(want.Incidents))
	}
	for i, w := range want.Incidents {
		got := &records[i]
		if got.Insight.Class != w.Class {
			t.Errorf("incident %d is %s, want %s", i+1, got.Insight.Class, w.Class)
		}
		if p := got.Context.Incident.Primary; w.Primary != nil && (p == nil || p.PID != w.Primary.PID) {
			t.Errorf("incident %d: the process is %+v, want %+v", i+1, p, *w.Primary)
		}
		if off := got.Context.Incident.Onset.Sub(start) - w.Onset.Std(); off.Abs() > onsetTolerance {
			t.Errorf("incident %d: the onset is %v off", i+1, off)
		}
	}
}

func analyze(t *testing.T, file string) ([]schema.DatasetRecord, replay.Summary) {
	t.Helper()
	source, err := capture.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	records, summary, err := insight.Analyze(context.Background(), []replay.Source{source}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if status := source.Status(); !status.Complete {
		t.Errorf("%s is unfinished: %s", file, status.Reason)
	}
	return records, summary
}

func captureIn(t *testing.T, folder string) string {
	t.Helper()
	files := mustGlob(t, filepath.Join(folder, "capture.*"))
	if len(files) != 1 {
		t.Fatalf("captures in %s: %v, want one", folder, files)
	}
	return files[0]
}

func readLabel(t *testing.T, folder string) *schema.Label {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "label.json"))
	if err != nil {
		t.Fatal(err)
	}
	label, err := schema.ParseLabel(text)
	if err != nil {
		t.Fatalf("%s/label.json: %v", folder, err)
	}
	return label
}

// mustGlob finds what a test is about: finding nothing would test nothing.
func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: nothing found (%v)", pattern, err)
	}
	return found
}

func classesFound(records []schema.DatasetRecord) []schema.Class {
	var classes []schema.Class
	for _, r := range records {
		classes = append(classes, r.Insight.Class)
	}
	return classes
}
