package insight

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// recordRule is a rule that the schema cannot express.
type recordRule struct {
	name string
	// rests are the pointers of what the rule looks at: it is left out where the schema
	// finds something wrong there, as it would break only for that.
	rests []string
	check func(*schema.DatasetRecord) []schema.Problem
}

// recordRules has one row for each rule beyond the schema. They hold for records that
// were made here; how an imported one came about is not known. What they look at must
// stand in outlined too, and outline.keepsRules follow them.
var recordRules = [...]recordRule{
	{"summary-parses", []string{"/context/telemetry_summary"}, summaryParses},
	{"actions-for-an-incident", []string{"/insight/class", "/insight/actions"}, actionsGiven},
	{"process-in-context", []string{"/context", "/insight/primary_process"}, processInContext},
	{"process-is-primary", []string{"/context", "/insight/primary_process"}, processIsPrimary},
	{"times-in-order", []string{"/context/window", "/context/incident/onset", "/context/incident/end"}, timesInOrder},
	{"unique-facts", []string{"/context/facts"}, uniqueFacts},
	{"cited-facts", []string{"/context/facts", "/insight/why", "/insight/actions"}, citedFacts},
}

// checkRecord holds a record, of which the schema finds problems, against the rules.
func checkRecord(text []byte, problems []schema.Problem) []Finding {
	record, err := schema.ParseDatasetRecord(text)
	switch {
	case err != nil && len(problems) == 0:
		return []Finding{unreadable(text, err)}
	case err != nil || record.Source.Type == schema.SourceImported:
		return nil
	}
	var findings []Finding
	for _, rule := range recordRules {
		if rule.shaken(problems) {
			continue
		}
		for _, p := range rule.check(record) {
			findings = append(findings, located(text, rule.name, p))
		}
	}
	return findings
}

// unreadable reports a value that its schema allows and no reader can hold.
func unreadable(text []byte, err error) Finding {
	p := schema.Problem{Found: err.Error(), Allowed: "a record that can be read"}
	var member *schema.MemberError
	if errors.As(err, &member) {
		p.Instance, p.Found, p.Allowed = member.Pointer, member.Err.Error(), "a value that can be read"
	}
	return located(text, ruleReadable, p)
}

// shaken says that the schema finds something wrong with what the rule rests on.
func (rule *recordRule) shaken(problems []schema.Problem) bool {
	return slices.ContainsFunc(problems, func(p schema.Problem) bool {
		at := cmp.Or(p.Missing, p.Instance)
		return slices.ContainsFunc(rule.rests, func(member string) bool {
			return strings.HasPrefix(at+"/", member+"/") || strings.HasPrefix(member+"/", at+"/")
		})
	})
}

func summaryParses(r *schema.DatasetRecord) []schema.Problem {
	_, err := schema.ParseTelemetrySummary(r.Context.TelemetrySummary)
	if err == nil {
		return nil
	}
	return []schema.Problem{{
		Instance: "/context/telemetry_summary",
		Found:    quote(r.Context.TelemetrySummary),
		Allowed:  `a line such as "w=5 eps=240 frk=3 exe=1 ext=0 top=java tree=pid=4412 comm=java ppid=1; free words": ` + err.Error(),
	}}
}

func actionsGiven(r *schema.DatasetRecord) []schema.Problem {
	if r.Insight.Class == schema.ClassNormal || len(r.Insight.Actions) > 0 {
		return nil
	}
	return []schema.Problem{{
		Instance: "/insight/actions",
		Found:    "no action",
		Allowed:  fmt.Sprintf("1 to %d, as %s is an incident", schema.MaxActions, quote(string(r.Insight.Class))),
	}}
}

func timesInOrder(r *schema.DatasetRecord) []schema.Problem {
	var problems []schema.Problem
	if w := r.Context.Window; w != nil && w.From > w.To {
		problems = append(problems, disordered("/context/window/to", w.To, "from", w.From))
	}
	if in := r.Context.Incident; in != nil && in.End != 0 && in.Onset > in.End {
		problems = append(problems, disordered("/context/incident/end", in.End, "onset", in.Onset))
	}
	return append(problems, apart(r.Context.Window, r.Context.Incident)...)
}

// apart holds that the window with the evidence shows a part of the incident.
func apart(w *schema.Window, in *schema.Incident) []schema.Problem {
	switch {
	case w == nil || in == nil || w.From > w.To:
		return nil
	case in.Onset > w.To:
		return []schema.Problem{{Instance: "/context/incident/onset", Found: in.Onset.String(), Allowed: fmt.Sprintf("not after the window, which ends at %s", w.To)}}
	case in.End != 0 && in.End < w.From && in.Onset <= in.End:
		return []schema.Problem{disordered("/context/incident/end", in.End, "the window", w.From)}
	}
	return nil
}

func disordered(at string, found schema.Time, name string, first schema.Time) schema.Problem {
	return schema.Problem{Instance: at, Found: found.String(), Allowed: fmt.Sprintf("not before %s (%s)", name, first)}
}

func uniqueFacts(r *schema.DatasetRecord) []schema.Problem {
	var problems []schema.Problem
	seen := map[string]bool{}
	for i, f := range r.Context.Facts {
		if seen[f.ID] {
			problems = append(problems, schema.Problem{
				Instance: fmt.Sprintf("/context/facts/%d/id", i),
				Found:    quote(f.ID) + " again",
				Allowed:  "an id that no other fact of the record has",
			})
		}
		seen[f.ID] = true
	}
	return problems
}

// citation is how words cite facts: [f1], or (f1, f3).
var citation = regexp.MustCompile(`[\[(]f[0-9]+(?:, ?f[0-9]+)*[\])]`)

// citedFacts holds that the facts which the words cite are there. Where a record has no
// facts, what looks like a citation may be something else.
func citedFacts(r *schema.DatasetRecord) []schema.Problem {
	if len(r.Context.Facts) == 0 {
		return nil
	}
	var problems []schema.Problem
	check := func(at, text string) {
		for _, id := range cited(text) {
			if !slices.ContainsFunc(r.Context.Facts, func(f schema.Fact) bool { return f.ID == id }) {
				problems = append(problems, schema.Problem{Instance: at, Found: "a citation of " + id, Allowed: "ids of the record's facts, " + r.Context.Facts[0].ID + " and so on"})
			}
		}
	}
	check("/insight/why", r.Insight.Why)
	for i, action := range r.Insight.Actions {
		check(fmt.Sprintf("/insight/actions/%d", i), action)
	}
	return problems
}

// cited returns the ids of facts that words cite.
func cited(text string) []string {
	var ids []string
	for _, list := range citation.FindAllString(text, -1) {
		for _, id := range strings.Split(list[1:len(list)-1], ",") {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	return ids
}

// quote shows text of any kind and length in a message.
func quote(s string) string { return fmt.Sprintf("%q", schema.Clip(s, 60)) }
