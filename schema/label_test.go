package schema

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const goodLabel = `{"scenario":"fork_storm","variant":"chain","seed":17,"incidents":[` +
	`{"class":"fork_storm","onset":"2.134s","end":"1m9.201s","primary":{"pid":5811,"comm":"bash"}},{"class":"oom_risk","onset":"0s"}]}`

func TestParseLabel(t *testing.T) {
	want := &Label{
		Scenario: "fork_storm", Variant: "chain", Seed: Some[int64](17),
		Incidents: []LabelledIncident{
			{
				Class: ClassForkStorm, Onset: Offset(2134 * time.Millisecond), End: Some(Offset(69201 * time.Millisecond)),
				Primary: &LabelledProcess{PID: 5811, Comm: "bash"},
			},
			{Class: ClassOOMRisk},
		},
	}
	got, err := ParseLabel([]byte(goodLabel))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, label (-want +got):\n%s", err, diff)
	}
	got, err = ParseLabel([]byte(`{"incidents": []}`))
	if err != nil || got.Incidents == nil || len(got.Incidents) != 0 {
		t.Errorf("a normal capture: %+v, %v", got, err)
	}
}

func TestParseLabelErrors(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no text", goodLabel, ``, "read label: "},
		{"incidents missing", goodLabel, `{}`, `/: found no member "incidents"`},
		{"incidents null", goodLabel, `{"incidents":null}`, `/incidents: found the value null, want array`},
		{"unknown member", `"seed"`, `"sed"`, `found member "sed"`},
		{"member twice", `"seed":17`, `"seed":17,"seed":18`, "read label: "},
		{"seed text", `17`, `"17"`, `/seed: found string "17", want integer`},
		{"normal as an incident", `"class":"fork_storm"`, `"class":"normal"`, `/incidents/0/class: found "normal"`},
		{"misspelt class", `"class":"fork_storm"`, `"class":"fork_strom"`, `did you mean "fork_storm"?`},
		{"onset missing", `,"onset":"0s"`, ``, `/incidents/1: found no member "onset"`},
		{"onset a number", `"2.134s"`, `2.134`, `/incidents/0/onset: found number 2.134, want string`},
		{"onset without a unit", `"2.134s"`, `"2.134"`, `/incidents/0/onset: found "2.134"`},
		{"onset before the start", `"0s"`, `"-1s"`, `/incidents/1/onset: found "-1s"`},
		{"onset too long", `"0s"`, `"9999999999h"`, `9999999999h`},
		{"end before the onset", `"1m9.201s"`, `"2.133999999s"`, `/incidents/0/end: found 2.133999999s, want at least the onset 2.134s`},
		{"pid 0", `5811`, `0`, `/incidents/0/primary/pid: found 0, want at least 1`},
		{"comm alone", `"pid":5811,`, ``, `/incidents/0/primary: found no member "pid"`},
		{"primary a name", `{"pid":5811,"comm":"bash"}`, `"bash"`, `/incidents/0/primary: found string "bash"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseLabel([]byte(strings.Replace(goodLabel, tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestLabelEndsAtItsOnset is the boundary of the last row above but some.
func TestLabelEndsAtItsOnset(t *testing.T) {
	if _, err := ParseLabel([]byte(strings.Replace(goodLabel, "1m9.201s", "2.134s", 1))); err != nil {
		t.Error(err)
	}
}

func FuzzParseLabel(f *testing.F) {
	f.Add(goodLabel)
	f.Add(`{"incidents":[{"class":"cpu_spin","onset":"1e9h"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		label, err := ParseLabel([]byte(text))
		if err != nil {
			return
		}
		for _, in := range label.Incidents {
			if in.Onset < 0 || in.End.OK && in.End.V < in.Onset {
				t.Fatalf("%q: incident %+v", text, in)
			}
		}
	})
}
