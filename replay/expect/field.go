package expect

import (
	"fmt"
	"strconv"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// raised is one alert that a replay raised.
type raised struct {
	*schema.Alert
	openAtEnd bool
	start     schema.Time // of the capture
}

// field is one thing of an alert that is compared.
type field struct {
	name string
	// want is what is expected, and false if it is not compared; as tells what was got,
	// and knows what is expected, for of a subject only that is told.
	want func(a *Alert, start schema.Time) (string, bool)
	got  func(g *raised, a *Alert) string
}

// fields are all that are compared, in the order in which they are shown.
var fields = [...]field{
	{"rule", func(a *Alert, _ schema.Time) (string, bool) { return a.Rule, true },
		func(g *raised, _ *Alert) string { return wellFormed(g.Rule) }},
	{"state", func(a *Alert, _ schema.Time) (string, bool) { return string(a.State), true },
		func(g *raised, _ *Alert) string { return string(g.State) }},
	{"time", func(a *Alert, start schema.Time) (string, bool) { return offsetText(a.Time(start), start), true },
		func(g *raised, _ *Alert) string { return offsetText(g.Time, g.start) }},
	{"severity", func(a *Alert, _ schema.Time) (string, bool) { return string(a.Severity.V), a.Severity.OK },
		func(g *raised, _ *Alert) string { return string(g.Severity) }},
	{"subject", func(a *Alert, start schema.Time) (string, bool) {
		return a.Subject.V.text(start), a.Subject.OK
	}, func(g *raised, a *Alert) string { return subjectOf(&g.Subject).alike(a).text(g.start) }},
	{"value", func(a *Alert, _ schema.Time) (string, bool) { return number(a.Value.V), a.Value.OK },
		func(g *raised, _ *Alert) string { return number(g.Value) }},
	{"threshold", func(a *Alert, _ schema.Time) (string, bool) { return number(a.Threshold.V), a.Threshold.OK },
		func(g *raised, _ *Alert) string { return number(g.Threshold) }},
	{"window_ns", func(a *Alert, _ schema.Time) (string, bool) { return integer(a.WindowNs.V), a.WindowNs.OK },
		func(g *raised, _ *Alert) string { return integer(g.WindowNs) }},
	{"suppressed", func(a *Alert, _ schema.Time) (string, bool) { return integer(a.Suppressed), true },
		func(g *raised, _ *Alert) string { return integer(g.Suppressed) }},
	{"incomplete", func(a *Alert, _ schema.Time) (string, bool) { return strconv.FormatBool(a.Incomplete), true },
		func(g *raised, _ *Alert) string { return strconv.FormatBool(g.Incomplete) }},
	{"open_at_end", func(a *Alert, _ schema.Time) (string, bool) { return strconv.FormatBool(a.OpenAtEnd), true },
		func(g *raised, _ *Alert) string { return strconv.FormatBool(g.openAtEnd) }},
	{"host", func(a *Alert, _ schema.Time) (string, bool) { return a.Host.V, a.Host.OK },
		func(g *raised, _ *Alert) string { return wellFormed(g.Host) }},
}

// difference is one field that is not as expected.
type difference struct{ field, want, got string }

// compare returns how an alert differs from what is expected of it; nothing if it does
// not. A time within the tolerance is no difference.
func (a *Alert) compare(g *raised, tolerance time.Duration) []difference {
	var list []difference
	for _, f := range fields {
		want, compared := f.want(a, g.start)
		if !compared {
			continue
		}
		got := f.got(g, a)
		if got == want || f.name == "time" && a.near(g, tolerance) {
			continue
		}
		list = append(list, difference{f.name, want, got})
	}
	return list
}

// near says that an alert came when it should have.
func (a *Alert) near(g *raised, tolerance time.Duration) bool {
	return a.distance(g) <= a.Tolerance.Or(tolerance)
}

func (a *Alert) distance(g *raised) time.Duration { return g.Time.Sub(a.Time(g.start)).Abs() }

// text is a subject as an expectation has it.
func (s Subject) text(start schema.Time) string {
	if s.Kind == schema.SubjectHost && !s.PID.OK && s.StartTime == nil && !s.Comm.OK {
		return string(s.Kind)
	}
	text := "{kind: " + string(s.Kind)
	if s.PID.OK {
		text += ", pid: " + integer(s.PID.V)
	}
	if s.StartTime != nil {
		text += ", start_time: " + s.StartTime(start).String()
	}
	if s.Comm.OK {
		text += ", comm: " + scalar(s.Comm.V)
	}
	return text + "}"
}

// subjectOf is what an alert's subject would be in an expectation.
func subjectOf(s *schema.Subject) Subject {
	subject := Subject{Kind: s.Kind, PID: s.PID}
	if s.StartTime.OK {
		subject.StartTime = fixed(s.StartTime.V)
	}
	if s.Comm.OK {
		subject.Comm = schema.Some(wellFormed(s.Comm.V))
	}
	return subject
}

func fixed(t schema.Time) replay.Bound { return func(schema.Time) schema.Time { return t } }

// alike leaves of a subject what is expected of it.
func (s Subject) alike(a *Alert) Subject {
	want := a.Subject.V
	if !want.PID.OK {
		s.PID.Clear()
	}
	if want.StartTime == nil {
		s.StartTime = nil
	}
	if !want.Comm.OK {
		s.Comm.Clear()
	}
	return s
}

// offsetText writes a time as an offset from the start, to the nanosecond. One before
// it stands in full.
func offsetText(t, start schema.Time) string {
	d := t.Sub(start)
	if d < 0 {
		return t.String()
	}
	return fmt.Sprintf("+%d.%09ds", d/time.Second, d%time.Second)
}

// number writes a value as JSON has it.
func number(v float64) string {
	const least, most = 1e-6, 1e21
	if v == 0 {
		return "0" // also of a negative zero
	}
	if size := max(v, -v); size < least || size >= most {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func integer(v int64) string { return strconv.FormatInt(v, 10) }

// wellFormed puts U+FFFD for what is no UTF-8, as the JSON of an alert does.
func wellFormed(s string) string { return string([]rune(s)) }
