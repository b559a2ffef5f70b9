package insight

import (
	"errors"
	"fmt"

	"github.com/linnix-os/linnix/schema"
)

// recordRules has one row for each rule that the schema cannot express. They hold for
// records that were made here; how an imported one came about is not known.
var recordRules = [...]struct {
	name  string
	check func(*schema.DatasetRecord) []schema.Problem
}{
	{"summary-parses", summaryParses},
	{"actions-for-an-incident", actionsGiven},
	{"process-in-context", processInContext},
	{"times-in-order", timesInOrder},
	{"unique-facts", uniqueFacts},
}

// checkRecord holds a record that satisfies its schema against the rules.
func checkRecord(text []byte) []Finding {
	record, err := schema.ParseDatasetRecord(text)
	if err != nil {
		p := schema.Problem{Found: err.Error(), Allowed: "a record that can be read"}
		var member *schema.MemberError
		if errors.As(err, &member) {
			p.Instance, p.Found, p.Allowed = member.Pointer, member.Err.Error(), "a value that can be read"
		}
		return []Finding{located(text, ruleReadable, p)}
	}
	if record.Source.Type == schema.SourceImported {
		return nil
	}
	var findings []Finding
	for _, rule := range recordRules {
		for _, p := range rule.check(record) {
			findings = append(findings, located(text, rule.name, p))
		}
	}
	return findings
}

func summaryParses(r *schema.DatasetRecord) []schema.Problem {
	_, err := schema.ParseTelemetrySummary(r.Context.TelemetrySummary)
	if err == nil {
		return nil
	}
	return []schema.Problem{{
		Instance: "/context/telemetry_summary",
		Found:    err.Error(),
		Allowed:  `a line such as "w=5 eps=240 frk=3 exe=1 ext=0 top=java tree=pid=4412 comm=java ppid=1; free words"`,
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
	return problems
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

// quote shows text of any kind and length in a message.
func quote(s string) string { return fmt.Sprintf("%q", schema.Clip(s, 60)) }
