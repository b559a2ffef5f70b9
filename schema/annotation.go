package schema

import (
	"fmt"
	"strings"
)

// MaxAnnotations is how many annotations of one level GitHub shows of a step.
const MaxAnnotations = 10

// Annotation is a workflow command that GitHub shows at a line of a file. Level is
// error, warning or notice; without a File it belongs to no line, and Col 0 is none.
// The caller has made its texts printable; line breaks may stand in Message.
type Annotation struct {
	Level     string
	File      string
	Line, Col int64
	Title     string
	Message   string
}

// String returns the command as one line, with what has a meaning in it escaped.
func (a Annotation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "::%s ", a.Level)
	if a.File != "" {
		fmt.Fprintf(&b, "file=%s,line=%d,", annotationProperty(a.File), a.Line)
	}
	if a.Col > 0 {
		fmt.Fprintf(&b, "col=%d,", a.Col)
	}
	fmt.Fprintf(&b, "title=%s::%s", annotationProperty(a.Title), annotationData(a.Message))
	return b.String()
}

func annotationData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func annotationProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationData(s))
}
