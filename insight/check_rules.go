package insight

import (
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// recordRules has one row for each rule that the schema cannot express.
var recordRules = [...]struct {
	name  string
	check func(*schema.DatasetRecord) []schema.Problem
}{
	{"summary-parses", summaryParses},
	{"actions-for-an-incident", func(r *schema.DatasetRecord) []schema.Problem { return actionsGiven("/insight", &r.Insight) }},
	{"process-in-context", processInContext},
	{"times-in-order", timesInOrder},
	{"unique-facts", uniqueFacts},
}

// checkRecord holds a record against the rules. A record that cannot be read has
// broken the schema, which has been reported.
func checkRecord(text []byte) []Finding {
	record, err := schema.ParseDatasetRecord(text)
	if err != nil {
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

func checkInsight(text []byte) []Finding {
	insight, err := schema.ParseInsight(text)
	if err != nil {
		return nil
	}
	var findings []Finding
	for _, p := range actionsGiven("", insight) {
		findings = append(findings, located(text, "actions-for-an-incident", p))
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

func actionsGiven(at string, i *schema.Insight) []schema.Problem {
	if i.Class == schema.ClassNormal || len(i.Actions) > 0 {
		return nil
	}
	return []schema.Problem{{
		Instance: at + "/actions",
		Found:    "no action",
		Allowed:  fmt.Sprintf("1 to %d, as %s is an incident", schema.MaxActions, quote(string(i.Class))),
	}}
}

// processInContext holds that the named process can be found in the evidence.
func processInContext(r *schema.DatasetRecord) []schema.Problem {
	name := r.Insight.PrimaryProcess
	if name == nil || slices.Contains(commsOf(r), *name) {
		return nil
	}
	return []schema.Problem{{
		Instance: "/insight/primary_process",
		Found:    quote(*name) + ", which the context does not name",
		Allowed:  "a comm of the telemetry summary, the process table or the incident, escaped as in the summary",
	}}
}

// commsOf lists the escaped comm of each process in the context.
func commsOf(r *schema.DatasetRecord) []string {
	var comms []string
	add := func(comm string) { comms = append(comms, schema.EscapeComm(comm)) }
	if s, err := schema.ParseTelemetrySummary(r.Context.TelemetrySummary); err == nil {
		for _, comm := range s.Top {
			add(comm)
		}
		for _, share := range s.RSS {
			add(share.Comm)
		}
		if s.Tree != nil {
			add(s.Tree.Comm)
		}
	}
	for _, row := range r.Context.ProcessTable {
		add(row.Comm)
	}
	if in := r.Context.Incident; in != nil && in.Primary != nil {
		add(in.Primary.Comm)
	}
	return comms
}

func timesInOrder(r *schema.DatasetRecord) []schema.Problem {
	var problems []schema.Problem
	if w := r.Context.Window; w != nil && w.From > w.To {
		problems = append(problems, disordered("/context/window/to", w.To, "from", w.From))
	}
	if in := r.Context.Incident; in != nil && in.Onset > in.End {
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
