package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
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
		case n < schema.MaxAnnotations-1 || n == schema.MaxAnnotations-1 && left[p.Severity] == 1:
			line = problemAnnotation(p)
		case n == schema.MaxAnnotations-1:
			line = schema.Annotation{Level: string(p.Severity), Title: "linnix replay check",
				Message: fmt.Sprintf("%d more: linnix replay check --format text", left[p.Severity])}.String() + "\n"
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
	return schema.Annotation{
		Level: string(p.Severity), File: visible(p.File), Line: int64(p.Line), Col: int64(p.Col), Title: string(p.Code), Message: text,
	}.String() + "\n"
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
