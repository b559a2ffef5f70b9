package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// alertsAt makes a firing at each second that is listed, as RULE:SECOND or, with a
// resolve, RULE:SECOND-SECOND; with ! the value is another one.
func alertsAt(text string) (alerts []*schema.Alert) {
	for _, word := range strings.Fields(text) {
		var rule string
		var from, to int
		word, other := strings.CutSuffix(word, "!")
		n, _ := fmt.Sscanf(strings.NewReplacer(":", " ", "-", " ").Replace(word), "%s %d %d", &rule, &from, &to)
		at := replaytest.Start.Add(time.Duration(from) * time.Second)
		alert := schema.Alert{ID: word, Rule: rule, State: schema.AlertFiring, Time: at, Value: 1}
		if other {
			alert.Value = 2
		}
		alerts = append(alerts, &alert)
		if n == 3 {
			resolve := alert
			resolve.State, resolve.Time = schema.AlertResolved, replaytest.Start.Add(time.Duration(to)*time.Second)
			alerts = append(alerts, &resolve)
		}
	}
	return alerts
}

func differenceText(d *schema.AlertDifference) string {
	second := func(e *schema.AlertEpisode) string {
		if e == nil {
			return "none"
		}
		return fmt.Sprint(e.Time.Sub(replaytest.Start).Seconds())
	}
	return fmt.Sprintf("%s %s %s→%s", d.Kind, d.Rule, second(d.Old), second(d.New))
}

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name, before, after, want string
		same                      int64
	}{
		{"nothing", "", "", "", 0},
		{"the same", "a:1-2 b:3", "a:1-2 b:3", "", 2},
		{"added and removed", "a:1", "b:1", "removed a 1→none, added b none→1", 0},
		{"moved", "a:1-9", "a:3-9", "moved a 1→3", 0},
		{"another value", "a:1", "a:1!", "changed a 1→1", 0},
		{"another resolve", "a:1-5", "a:1-6", "changed a 1→1", 0},
		{"no resolve", "a:1-5", "a:1", "changed a 1→1", 0},
		{"pairs with the nearest: one more before", "a:50 a:90", "a:10 a:52 a:91", "added a none→10, moved a 50→52, moved a 90→91", 0},
		{"pairs with the nearest: one more between", "a:10 a:90", "a:10 a:50 a:90", "added a none→50", 2},
		{"pairs with the nearest: one less", "a:10 a:50 a:90", "a:49 a:90", "removed a 10→none, moved a 50→49", 1},
		{"the same ones first", "a:10 a:100 a:200 a:300", "a:100 a:200 a:300 a:400", "removed a 10→none, added a none→400", 3},
		{"then the nearest between them", "a:10 a:50 a:51 a:90", "a:10 a:20 a:53 a:54 a:90 a:99",
			"added a none→20, moved a 50→53, moved a 51→54, added a none→99", 2},
		{"several of one time", "a:5 a:5", "a:5", "removed a 5→none", 1},
		{"of equals the first", "a:10", "a:8 a:12", "moved a 10→8, added a none→12", 0},
		{"by time, then rule", "", "b:2 a:2 c:1", "added c none→1, added a none→2, added b none→2", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			differences, same := Compare(alertsAt(test.before), alertsAt(test.after))
			var texts []string
			for i := range differences {
				texts = append(texts, differenceText(&differences[i]))
			}
			if got := strings.Join(texts, ", "); got != test.want || same != test.same {
				t.Errorf("got %s, %d the same\nwant %s, %d", got, same, test.want, test.same)
			}
		})
	}
}

// TestCompareTellsSubjectsApart holds that only what is about the same can be moved.
func TestCompareTellsSubjectsApart(t *testing.T) {
	for name, change := range map[string]func(a *schema.Alert){
		"pid":   func(a *schema.Alert) { a.Subject.PID.Set(2) },
		"start": func(a *schema.Alert) { a.Subject.StartTime.Set(2) },
		"kind":  func(a *schema.Alert) { a.Subject.Kind = schema.SubjectParent },
		"host":  func(a *schema.Alert) { a.Host = "other" },
		"rule":  func(a *schema.Alert) { a.Rule = "other" },
	} {
		after := alertsAt("a:2")
		change(after[0])
		if differences, _ := Compare(alertsAt("a:1"), after); len(differences) != 2 {
			t.Errorf("another %s: %d differences, want one removed and one added", name, len(differences))
		}
	}
}

// TestCompareFollowsABetterKnownSubject has the start of a process told between its
// firing and its resolve.
func TestCompareFollowsABetterKnownSubject(t *testing.T) {
	before, after := alertsAt("a:1-5"), alertsAt("a:1-6")
	for _, resolve := range []*schema.Alert{before[1], after[1]} {
		resolve.Subject.StartTime.Set(2)
	}
	differences, same := Compare(before, after)
	if len(differences) != 1 || same != 0 || differences[0].Kind != schema.AlertChanged || differences[0].Old.Resolved.V != before[1].Time {
		t.Errorf("%d the same, differences %+v: want one changed", same, differences)
	}
}

func TestCompareBoundsItsWork(t *testing.T) {
	before, after := make([]string, 2999), make([]string, 3000)
	for i := range after {
		after[i] = fmt.Sprintf("a:%d", 10*i)
	}
	for i := range before {
		before[i] = fmt.Sprintf("a:%d", 10*i+11)
	}
	differences, same := Compare(alertsAt(strings.Join(before, " ")), alertsAt(strings.Join(after, " ")))
	if len(differences) != 3000 || same != 0 || differences[0].Old == nil {
		t.Errorf("%d differences, %d the same: want them paired in their order", len(differences), same)
	}
}
