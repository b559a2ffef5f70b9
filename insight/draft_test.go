package insight

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/schema"
)

// draftedFrom is fullRecord as if it had been found, and calm, and two of its kind.
func draftedFrom(t *testing.T) (spin, calm schema.DatasetRecord) {
	t.Helper()
	parse := func(text string) schema.DatasetRecord {
		r, err := schema.ParseDatasetRecord([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return *r
	}
	spin = parse(goodRecord())
	calm = parse(strings.NewReplacer(
		`"id":"a"`, `"id":"normal-1"`, `"class":"cpu_spin"`, `"class":"normal"`, `"class":"fork_storm"`, `"class":"oom_risk"`, `["look"]`, `[]`, `"primary_process":"java"`, `"primary_process":null`,
		`"severity":"warning"`, `"severity":"info"`, `"primary":{"pid":4412,"start_time":"2026-11-22T11:00:00.000000000Z","comm":"java","exe":"/usr/bin/java","argv":["java"]}`, `"primary":null`,
		`"candidates":[{"pid":4412,"comm":"java","share":1}]`, `"candidates":[]`, `tree=pid=4412 comm=java ppid=1`, `tree=n/a`,
	).Replace(goodRecord()))
	return spin, calm
}

func draft(t *testing.T, review Review, found ...schema.DatasetRecord) []schema.DatasetRecord {
	t.Helper()
	drafts, err := Draft(found, review)
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for _, d := range drafts {
		if lines, err = d.AppendJSON(lines); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, '\n')
	}
	c := newChecker(t, func(f Finding) { t.Error(f) })
	if err := c.File("draft", bytes.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	return drafts
}

// TestDraftNotes holds what a draft says is open.
func TestDraftNotes(t *testing.T) {
	spin, calm := draftedFrom(t)
	half := schema.Some(0.5)
	tests := []struct {
		name   string
		found  schema.DatasetRecord
		review Review
		notes  string
	}{
		{"an incident", spin, Review{}, "to be reviewed: why, actions"},
		{"normal", calm, Review{}, "to be reviewed: why"},
		{"why", spin, Review{Why: "it spins"}, "to be reviewed: actions"},
		{"why and actions", spin, Review{Why: "it spins", Actions: []string{"look"}}, "reviewed: class, process, why, actions"},
		{"another class", spin, Review{Class: schema.ClassOOMRisk}, "to be reviewed: confidence, why, actions"},
		{"another class, with confidence", spin, Review{Class: schema.ClassOOMRisk, Confidence: half}, "to be reviewed: why, actions"},
		{"the class that was found", spin, Review{Class: schema.ClassCPUSpin, Why: "it spins"}, "to be reviewed: actions"},
		{"normal after all", spin, Review{Class: schema.ClassNormal, Confidence: half, Why: "a computation"}, "reviewed: class, process, why, actions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := draft(t, tt.review, tt.found)
			if len(got) != 1 || got[0].Source.Notes != tt.notes {
				t.Errorf("notes %q, want %q", got[0].Source.Notes, tt.notes)
			}
		})
	}
}

// TestDraftUnchanged holds that a review which says nothing leaves verdict and evidence.
func TestDraftUnchanged(t *testing.T) {
	spin, calm := draftedFrom(t)
	got := draft(t, Review{Recipe: "make spin"}, spin, calm)
	for i, want := range []schema.DatasetRecord{spin, calm} {
		want.Source.Recipe, want.Source.Notes = "make spin", got[i].Source.Notes
		if diff := cmp.Diff(want, got[i]); diff != "" {
			t.Errorf("record %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestDraftReclassed follows a reviewer who sees an incident where none was found.
func TestDraftReclassed(t *testing.T) {
	_, calm := draftedFrom(t)
	review := Review{Class: schema.ClassOOMRisk, PID: schema.Some(int64(4412)), Confidence: schema.Some(0.75), Why: "it grows", Actions: []string{"limit it"}}
	got := draft(t, review, calm)[0]
	java := "java"
	want := schema.Insight{Class: schema.ClassOOMRisk, Confidence: 0.75, PrimaryProcess: &java, Why: "it grows", Actions: []string{"limit it"}}
	if diff := cmp.Diff(want, got.Insight); diff != "" {
		t.Errorf("insight (-want +got):\n%s", diff)
	}
	in := got.Context.Incident
	if in.Severity != schema.SeverityWarning || in.Primary == nil || in.Primary.PID != 4412 || !strings.Contains(got.Context.TelemetrySummary, "tree=pid=4412 comm=java ppid=1;") {
		t.Errorf("severity %s, primary %+v, summary %q", in.Severity, in.Primary, got.Context.TelemetrySummary)
	}
	if len(in.Alternatives) != 1 || in.Alternatives[0].Class != schema.ClassNormal || !strings.Contains(in.Alternatives[0].WhyNot, calm.Insight.Why) {
		t.Errorf("alternatives %+v, want what was found and not what it is", in.Alternatives)
	}
	if !strings.HasPrefix(got.ID, "oom_risk-") || got.ID != draft(t, review, calm)[0].ID {
		t.Errorf("id %q, want one of the class that stays", got.ID)
	}
	if calm.Context.Incident.Primary != nil || calm.Context.Incident.Alternatives[0].Class != schema.ClassOOMRisk {
		t.Errorf("what was found has changed: %+v", calm.Context.Incident)
	}
	other := draft(t, Review{Class: schema.ClassOOMRisk}, calm)[0]
	if diff := cmp.Diff([]string{unwritten}, other.Insight.Actions); diff != "" || other.ID == got.ID {
		t.Errorf("id %q, actions (-want +got):\n%s", other.ID, diff)
	}
}

// TestDraftNormalAfterAll follows a reviewer who sees no incident.
func TestDraftNormalAfterAll(t *testing.T) {
	spin, _ := draftedFrom(t)
	got := draft(t, Review{Class: schema.ClassNormal, ID: "mine"}, spin)[0]
	in := got.Context.Incident
	if got.ID != "mine" || got.Insight.PrimaryProcess != nil || in.Primary != nil || in.Severity != schema.SeverityInfo ||
		len(got.Insight.Actions) > 0 || !strings.Contains(got.Context.TelemetrySummary, "tree=n/a;") {
		t.Errorf("%+v\n%+v", got, in)
	}
}

// TestDraftChooses holds which records a review is about.
func TestDraftChooses(t *testing.T) {
	spin, calm := draftedFrom(t)
	second := spin
	second.ID = "b"
	tests := []struct {
		name   string
		review Review
		found  []schema.DatasetRecord
		want   string // the ids, or a part of the error
	}{
		{"all", Review{}, []schema.DatasetRecord{spin, second}, "a b"},
		{"all of a class", Review{Class: schema.ClassCPUSpin}, []schema.DatasetRecord{spin, calm, second}, "a b"},
		{"the one of a class", Review{Class: schema.ClassNormal, Why: "calm"}, []schema.DatasetRecord{spin, calm}, "normal-1"},
		{"words for two", Review{Why: "it spins"}, []schema.DatasetRecord{spin, second}, "about one incident, and there are 2 (cpu_spin, cpu_spin)"},
		{"an action for two", Review{Actions: []string{"look"}}, []schema.DatasetRecord{spin, second}, "about one incident"},
		{"an id for two", Review{ID: "x"}, []schema.DatasetRecord{spin, second}, "about one incident"},
		{"confidence for two", Review{Confidence: schema.Some(0.5)}, []schema.DatasetRecord{spin, second}, "about one incident"},
		{"another class for two", Review{Class: schema.ClassOOMRisk}, []schema.DatasetRecord{spin, second}, "about one incident"},
		{"a process that is not known", Review{PID: schema.Some(int64(7))}, []schema.DatasetRecord{spin}, "process 7 is neither in the process table of a nor a candidate; there are 4412 (java)"},
		{"nothing", Review{}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			drafts, err := Draft(tt.found, tt.review)
			if err != nil {
				if !errors.Is(err, ErrReview) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			var ids []string
			for _, d := range drafts {
				ids = append(ids, d.ID)
			}
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("ids %q, want %q", got, tt.want)
			}
		})
	}
}
