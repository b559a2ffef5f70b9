package main

import (
	"context"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/insight/score"
	"github.com/linnix-os/linnix/schema"
)

// What the committed corpus must come to.
const (
	leastMacroF1 = 0.95
	leastAC1     = 0.9
	// mostOnsetError is in seconds, and bounds the largest.
	mostOnsetError = 2.0
)

// TestDatasetScore holds how well incidents are found in the committed corpus, so that
// no change of a heuristic makes it worse unseen. A new case is a folder.
func TestDatasetScore(t *testing.T) {
	cases, err := findLabelled("../../datasets/captures")
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := replayLabelled(context.Background(), cases, &stdio{err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	s := score.Evaluate(outcomes)
	if err := score.Check(&s, leastMacroF1); err != nil {
		t.Error(err)
	}
	h := &s.Predictors[0]
	if got := h.AC1.Estimate.V.Value; got < leastAC1 {
		t.Errorf("AC@1 is %.4f, want at least %g", got, leastAC1)
	}
	if got := h.Onset.Max.V; got > mostOnsetError {
		t.Errorf("an onset is %.4f s off, want at most %g", got, mostOnsetError)
	}
	if h.FalseAlarms.Count > 0 || s.NormalCaptures == 0 {
		t.Errorf("%d false alarms in %d normal captures, want none in some", h.FalseAlarms.Count, s.NormalCaptures)
	}
	if t.Failed() {
		t.Log(scoreText(t, &s))
	}
}

func scoreText(t *testing.T, s *schema.Score) string {
	t.Helper()
	var b strings.Builder
	if err := report.WriteScore(&b, formatText, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
