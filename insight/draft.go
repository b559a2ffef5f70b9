package insight

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// Review is what a person says of an incident that was found, or was not. Its zero value
// says nothing.
type Review struct {
	// Class is what the stretch shows, or empty for what was found.
	Class schema.Class
	// PID names the process behind it, one of the record's own evidence.
	PID schema.Opt[int64]
	// Confidence, Why and Actions are the reviewer's, and ID the record's.
	Confidence schema.Opt[float64]
	Why        string
	Actions    []string
	ID         string
	// Recipe says how the capture can be made anew.
	Recipe string
}

// ErrReview says that a review does not fit what was found.
var ErrReview = errors.New("the review does not fit")

// unwritten stands for the action of an incident for which nobody has written one.
const unwritten = "to be reviewed: what to do first"

// Draft turns what [Analyze] found into records for a dataset, as the review has them: of
// the class that it gives those that were found, or else the only one there is with its
// class changed. The evidence stays that of the window. Notes on the source say what a
// person has still to look at. The error is an [ErrReview]. What is drafted need not be
// valid, as texts are the reviewer's: see [Checker].
func Draft(found []schema.DatasetRecord, review Review) ([]schema.DatasetRecord, error) {
	chosen, err := review.choose(found)
	if err != nil {
		return nil, err
	}
	drafts := make([]schema.DatasetRecord, 0, len(chosen))
	for _, r := range chosen {
		if err := review.apply(&r); err != nil {
			return nil, err
		}
		drafts = append(drafts, r)
	}
	return drafts, nil
}

// choose returns the records that the review is about.
func (v *Review) choose(found []schema.DatasetRecord) ([]schema.DatasetRecord, error) {
	chosen := found
	if v.Class != "" {
		chosen = slices.DeleteFunc(slices.Clone(found), func(r schema.DatasetRecord) bool { return r.Insight.Class != v.Class })
		if len(chosen) == 0 {
			chosen = found
		}
	}
	reclassed := v.Class != "" && len(chosen) > 0 && chosen[0].Insight.Class != v.Class
	if len(chosen) > 1 && (reclassed || v.aboutOne()) {
		return nil, fmt.Errorf("%w: it is about one incident, and there are %d (%s)", ErrReview, len(chosen), strings.Join(classNames(chosen), ", "))
	}
	return chosen, nil
}

// aboutOne says that the review can only be meant for one record.
func (v *Review) aboutOne() bool {
	return v.PID.OK || v.Confidence.OK || v.Why != "" || len(v.Actions) > 0 || v.ID != ""
}

func classNames(records []schema.DatasetRecord) []string {
	var names []string
	for _, r := range records {
		names = append(names, string(r.Insight.Class))
	}
	return names
}

// apply makes a draft of a record. The parts that are changed become its own.
func (v *Review) apply(r *schema.DatasetRecord) error {
	found := *r
	incident := *found.Context.Incident
	r.Context.Incident = &incident
	var open []string
	if v.Class != "" && v.Class != found.Insight.Class {
		v.reclass(r)
		open = append(open, "confidence")
	}
	if v.PID.OK {
		if err := v.blame(r); err != nil {
			return err
		}
	}
	if r.Insight.Class != found.Insight.Class || !sameProcess(incident.Primary, found.Context.Incident.Primary) {
		r.ID = draftID(r, found.ID)
	}
	if v.ID != "" {
		r.ID = v.ID
	}
	if v.Confidence.OK {
		r.Insight.Confidence, open = v.Confidence.V, nil
	}
	r.Source.Recipe = v.Recipe
	v.word(r, open)
	return nil
}

// reclass gives the record the reviewer's class; what was found becomes an alternative.
func (v *Review) reclass(r *schema.DatasetRecord) {
	in, found := r.Context.Incident, r.Insight
	r.Insight.Class, r.Insight.Actions = v.Class, []string{unwritten}
	in.Alternatives = append([]schema.Alternative{{Class: found.Class, WhyNot: "linnix insight found it, a reviewer did not: " + found.Why}},
		slices.DeleteFunc(slices.Clone(in.Alternatives), func(a schema.Alternative) bool { return a.Class == v.Class })...)
	switch {
	case v.Class == schema.ClassNormal:
		in.Severity, r.Insight.Actions = schema.SeverityInfo, []string{}
		setPrimary(r, nil, schema.Opt[int64]{})
	case in.Severity == schema.SeverityInfo:
		in.Severity = schema.SeverityWarning
	}
}

// word puts in the reviewer's texts and notes what else is open.
func (v *Review) word(r *schema.DatasetRecord, open []string) {
	if v.Why != "" {
		r.Insight.Why = v.Why
	} else {
		open = append(open, "why")
	}
	if len(v.Actions) > 0 {
		r.Insight.Actions = v.Actions
	} else if r.Insight.Class != schema.ClassNormal {
		open = append(open, "actions")
	}
	r.Source.Notes = "reviewed: class, process, why, actions"
	if len(open) > 0 {
		r.Source.Notes = "to be reviewed: " + strings.Join(open, ", ")
	}
}

// blame names the process that the reviewer does, if the evidence knows it.
func (v *Review) blame(r *schema.DatasetRecord) error {
	in := r.Context.Incident
	if in.Primary != nil && in.Primary.PID == v.PID.V {
		return nil
	}
	var ppid schema.Opt[int64]
	var primary *schema.ProcessRef
	for _, row := range r.Context.ProcessTable {
		if row.PID == v.PID.V {
			primary = &schema.ProcessRef{PID: row.PID, StartTime: row.StartTime, Comm: row.Comm, Argv: row.Args}
			ppid = schema.Opt[int64]{V: row.PPID, OK: row.PPID > 0}
		}
	}
	// A candidate's reference says more than a row does.
	if at := slices.IndexFunc(in.Candidates, func(c schema.Candidate) bool { return c.PID == v.PID.V }); at >= 0 {
		primary = &in.Candidates[at].ProcessRef
	}
	if primary == nil {
		return fmt.Errorf("%w: process %d is neither in the process table of %s nor a candidate; there are %s", ErrReview, v.PID.V, r.ID, knownPIDs(r))
	}
	setPrimary(r, primary, ppid)
	return nil
}

func knownPIDs(r *schema.DatasetRecord) string {
	var pids []string
	for _, row := range r.Context.ProcessTable {
		pids = append(pids, fmt.Sprintf("%d (%s)", row.PID, schema.EscapeComm(row.Comm)))
	}
	for _, c := range r.Context.Incident.Candidates {
		if text := fmt.Sprintf("%d (%s)", c.PID, schema.EscapeComm(c.Comm)); !slices.Contains(pids, text) {
			pids = append(pids, text)
		}
	}
	if pids == nil {
		return "none"
	}
	return strings.Join(pids, ", ")
}

// setPrimary names the process, or none, wherever a record does.
func setPrimary(r *schema.DatasetRecord, p *schema.ProcessRef, ppid schema.Opt[int64]) {
	r.Context.Incident.Primary, r.Insight.PrimaryProcess = p, primaryName(p)
	summary, err := schema.ParseTelemetrySummary(r.Context.TelemetrySummary)
	if err != nil {
		return // It stays, and does not become valid by what is added.
	}
	summary.Tree = nil
	if p != nil {
		summary.Tree = &schema.TreeRef{PID: p.PID, Comm: p.Comm, PPID: ppid}
	}
	r.Context.TelemetrySummary = summary.String()
}

func sameProcess(a, b *schema.ProcessRef) bool {
	return a == nil && b == nil || a != nil && b != nil && a.PID == b.PID && a.StartTime == b.StartTime
}

// draftID is the same whenever the same review is made of the same incident.
func draftID(r *schema.DatasetRecord, found string) string {
	subject := "host"
	if p := r.Context.Incident.Primary; p != nil {
		subject = fmt.Sprintf("%d@%s", p.PID, p.StartTime)
	}
	return string(r.Insight.Class) + "-" + shortHash(found, string(r.Insight.Class), subject)
}
