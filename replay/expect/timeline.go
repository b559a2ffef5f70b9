package expect

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// Limits of a timeline.
const (
	// MaxTimelineRecords is the largest number of records of one timeline.
	MaxTimelineRecords = 1_000_000
	// MaxTimelineLength is the longest time that a timeline may span.
	MaxTimelineLength = 24 * time.Hour
	// maxStatements bounds the statements of one timeline.
	maxStatements = 1000
)

// TimelineStart is the time of a timeline's first record.
const TimelineStart = schema.Time(1_767_225_600_000_000_000) // 2026-01-01T00:00:00Z

// timelineUptime is how long the host has run at the start of a timeline.
const timelineUptime = time.Hour

// CodeBadStatement is the code of a line of a timeline that cannot be read or carried
// out.
const CodeBadStatement document.Code = "bad_statement"

// Timeline is a synthetic capture in a compact notation, one statement a line; see
// TIMELINE.md. The same text always gives the same records.
type Timeline struct {
	length     time.Duration
	named      []*process // in the order of their first mention
	born       []*process // in the order of their birth
	processes  []*process // all: init, kthreadd, the named, the born
	events     []event    // in order of time
	gaps       []gap
	stalls     [stallTotals][]ramp
	gauges     int64
	cpus       int64
	memory     int64
	lostEvents map[schema.Type]int64
}

// gap is a time without samples and system records, its end excluded.
type gap struct{ from, to time.Duration }

// ReadTimeline takes a timeline out of a document: a list of statements, or one text
// with a statement a line. The length may be nil. What is wrong is noted in f, each with
// its line and column; the timeline is of use only if nothing was.
func ReadTimeline(f *document.File, n, length *document.Node) *Timeline {
	c := newCompiler(f)
	before := f.Count()
	statements := c.statements(n)
	if f.Count() > before {
		return c.timeline
	}
	c.compile(statements)
	if length != nil {
		c.setLength(length, statements)
	}
	if f.Count() == before {
		c.settle(n)
	}
	return c.timeline
}

// Length is the time from the first record to the last.
func (t *Timeline) Length() time.Duration { return t.length }

// Gauges counts the statements that let values rise and fall for rules to judge, as
// events do. A timeline with neither tests nothing.
func (t *Timeline) Gauges() int64 { return t.gauges }

// Source gives the records from the start; each call gives a source of its own. The
// capture is complete: from the meta record to the end with its counts.
func (t *Timeline) Source() replay.Source { return newTimelineSource(t) }
