package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

// problemWriters has one row for each format of problems. What cannot be written comes
// up when the output is committed.
var problemWriters = [...]struct {
	name  string
	write func(out *output, problems document.Problems) error
}{
	{formatText, writeProblemText},
	{formatJSON, writeProblemLines},
	{"github", writeProblemAnnotations},
}

func problemFormats() []string {
	var names []string
	for _, w := range problemWriters {
		names = append(names, w.name)
	}
	return names
}

// writeProblems prints problems in a format that was checked.
func writeProblems(format string, problems document.Problems, s *stdio) error {
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	for _, w := range problemWriters {
		if w.name == format {
			err = w.write(out, problems)
		}
	}
	if err != nil {
		return err
	}
	return out.commit()
}

func writeProblemText(out *output, problems document.Problems) error {
	for _, p := range problems {
		if err := out.line([]byte(p.String() + "\n")); err != nil {
			return err
		}
	}
	return nil
}

func writeProblemLines(out *output, problems document.Problems) error {
	for _, p := range problems {
		if err := objectLine(out, p); err != nil {
			return err
		}
	}
	return nil
}

// objectLine writes a value as one line of JSON, without escapes for HTML.
func objectLine(out *output, value any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return out.line(line.Bytes())
}

// maxProblemAnnotations is how many errors, and how many warnings, GitHub shows of a step.
const maxProblemAnnotations = 10

// writeProblemAnnotations writes workflow commands that GitHub shows at their lines: all
// errors and all warnings, or as many as are shown and how many more there are.
func writeProblemAnnotations(out *output, problems document.Problems) error {
	left := make(map[document.Severity]int)
	for _, p := range problems {
		left[p.Severity]++
	}
	shown := make(map[document.Severity]int)
	for _, p := range problems {
		line := ""
		switch n := shown[p.Severity]; {
		case n < maxProblemAnnotations-1 || n == maxProblemAnnotations-1 && left[p.Severity] == 1:
			line = problemAnnotation(p)
		case n == maxProblemAnnotations-1:
			line = fmt.Sprintf("::%s title=linnix replay check::%d more: linnix replay check --format text\n", p.Severity, left[p.Severity])
		default:
			continue
		}
		shown[p.Severity]++
		left[p.Severity]--
		if err := out.line([]byte(line)); err != nil {
			return err
		}
	}
	return nil
}

func problemAnnotation(p document.Problem) string {
	text := p.Message
	if p.Hint != "" {
		text += "\nhint: " + p.Hint
	}
	return fmt.Sprintf("::%s file=%s,line=%d,col=%d,title=%s::%s\n",
		p.Severity, annotationProperty(p.File), p.Line, p.Col, annotationProperty(string(p.Code)), annotationData(text))
}

// annotationData escapes a message, and annotationProperty a parameter, for a workflow
// command.
func annotationData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func annotationProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationData(text))
}

// findingText describes one kind of problem.
func findingText(k rules.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s", k.Code, k.Severity)
	if k.Capture {
		b.WriteString(", with --capture")
	}
	fmt.Fprintf(&b, ")\n    %s\n", k.Meaning)
	for line := range strings.Lines(k.Example) {
		fmt.Fprintf(&b, "    | %s\n", strings.TrimRight(line, "\n"))
	}
	fmt.Fprintf(&b, "    fix: %s\n", k.Fix)
	return b.String()
}
