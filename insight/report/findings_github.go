package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/insight"
)

// maxAnnotations is what GitHub shows of one kind in a step.
const maxAnnotations = 10

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
	case g.shown < maxAnnotations-1:
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
	_, err := fmt.Fprintf(g.w, "::error title=linnix insight validate::%d more problems: linnix insight validate --format text\n", more)
	return err
}

func (g *findingGitHub) annotate(f insight.Finding) error {
	g.shown++
	_, err := fmt.Fprintf(g.w, "::error file=%s,line=%d,col=%d,title=%s::%s\n",
		property(f.File), f.Line, f.Column, property(f.Source()), data(f.Problem.String()))
	return err
}

// data escapes a message, and property a parameter, for a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(printable(s))
}

func property(s string) string { return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s)) }
