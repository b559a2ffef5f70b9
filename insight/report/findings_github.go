package report

import (
	"fmt"
	"io"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/schema"
)

// findingGitHub writes workflow commands that GitHub shows as annotations. The last of
// too many says how many more there are.
type findingGitHub struct {
	w io.Writer
	// held is the finding at the limit: it is shown if no other follows.
	held  *insight.Finding
	shown int64
}

func (g *findingGitHub) Finding(f insight.Finding) error {
	switch {
	case g.shown < schema.MaxAnnotations-1:
		return g.annotate(f)
	case g.held == nil:
		g.held = &f
	}
	return nil
}

func (g *findingGitHub) End(s insight.CheckSummary) error {
	more := s.Findings - g.shown
	switch {
	case g.held == nil:
		return nil
	case more == 1:
		return g.annotate(*g.held)
	}
	_, err := fmt.Fprintln(g.w, schema.Annotation{Level: "error", Title: "linnix insight validate",
		Message: fmt.Sprintf("%d more problems: linnix insight validate --format text", more)})
	return err
}

func (g *findingGitHub) annotate(f insight.Finding) error {
	g.shown++
	_, err := fmt.Fprintln(g.w, schema.Annotation{
		Level: "error", File: printable(f.File), Line: f.Line, Col: f.Column, Title: printable(f.Source()), Message: printable(f.Message()),
	})
	return err
}
