package expect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// slowPairs tells which expectations have a raised alert that is as expected, by trying
// all: the first ones have precedence.
func slowPairs(e *Expectation, got []raised) []bool {
	by := unpaired(len(got))
	var match func(i int, seen []bool) bool
	match = func(i int, seen []bool) bool {
		for place := range got {
			if seen[place] || len(e.Alerts[i].compare(&got[place], e.Tolerance)) > 0 {
				continue
			}
			seen[place] = true
			if by[place] < 0 || match(by[place], seen) {
				by[place] = i
				return true
			}
		}
		return false
	}
	paired := make([]bool, len(e.Alerts))
	for i := range paired {
		paired[i] = match(i, make([]bool, len(got)))
	}
	return paired
}

// TestPairsAreAsMany holds that as many are paired as can be, and no alert twice.
func TestPairsAreAsMany(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		var text strings.Builder
		fmt.Fprintf(&text, "tolerance: %ds\nalerts:\n", rnd.IntN(4))
		for range 1 + rnd.IntN(8) {
			subject := [...]string{"", ", subject: {kind: tree_root}", ", subject: {kind: tree_root, pid: 100}", ", subject: {kind: tree_root, pid: 101}", ", value: 62.4, tolerance: 1s"}[rnd.IntN(5)]
			fmt.Fprintf(&text, "- {rule: tree, state: firing, time: +%ds%s}\n", rnd.IntN(8), subject)
		}
		var alerts []*schema.Alert
		for range 1 + rnd.IntN(8) {
			alerts = append(alerts, tree(time.Duration(rnd.IntN(8))*time.Second, int64(100+rnd.IntN(2))))
		}
		e, got := mustRead(t, text.String()), runOf(alerts...).raised()
		taken := make(map[int]bool)
		want := slowPairs(e, got)
		for i, place := range pair(e, got) {
			paired := place >= 0 && len(e.Alerts[i].compare(&got[place], e.Tolerance)) == 0
			if paired != want[i] || place >= 0 && taken[place] {
				t.Fatalf("%salert %d is paired with %d, want %v", text.String(), i, place, want[i])
			}
			taken[place] = true
		}
	}
}

// TestPairTakesTheNearest holds whom an expectation gets of several: that is whose
// comments an update keeps.
func TestPairTakesTheNearest(t *testing.T) {
	const one = "- {rule: fork_storm, state: firing, time: +%ds}\n"
	for _, test := range []struct {
		tolerance string
		want, got []time.Duration
		places    []int
	}{
		{"1h", []time.Duration{5, 6}, []time.Duration{5, 6}, []int{0, 1}},
		{"1h", []time.Duration{6, 5}, []time.Duration{5, 6}, []int{1, 0}},
		{"1h", []time.Duration{5}, []time.Duration{4, 6}, []int{0}},
		{"1h", []time.Duration{5, 5}, []time.Duration{4, 4}, []int{0, 1}},
		{"0", []time.Duration{5, 9}, []time.Duration{8, 4, 6}, []int{1, 0}},
		{"0", []time.Duration{5, 5, 5}, []time.Duration{7, 7}, []int{0, 1, -1}},
		{"1s", []time.Duration{5, 4}, []time.Duration{5, 6}, []int{1, 0}},
	} {
		text := "tolerance: " + test.tolerance + "\nalerts:\n"
		for _, at := range test.want {
			text += fmt.Sprintf(one, at)
		}
		var alerts []*schema.Alert
		for _, at := range test.got {
			alerts = append(alerts, storm(at*time.Second))
		}
		if places := pair(mustRead(t, text), runOf(alerts...).raised()); fmt.Sprint(places) != fmt.Sprint(test.places) {
			t.Errorf("%v of %v: got %v, want %v", test.want, test.got, places, test.places)
		}
	}
}

// TestManyAlertsArePaired would not end if its work grew with the square of the alerts,
// each step of which compares texts.
func TestManyAlertsArePaired(t *testing.T) {
	const n = 20_000
	for _, test := range []struct {
		name     string
		expected int
		value    float64
		own      func(i int) string
		want     int // that are as expected
		forward  bool
	}{
		{"in reverse", n, 62.4, func(int) string { return "" }, n, false},
		{"in order", n, 62.4, func(int) string { return "" }, n, true},
		{"too many expected", n, 62.4, func(int) string { return "" }, n / 2, false},
		{"all differ", n, 1, func(int) string { return "" }, 0, false},
		{"some vague", n, 62.4, func(i int) string { return [...]string{", value: 62.4", ", threshold: 60", ""}[i%3] }, n, false},
	} {
		e := &Expectation{Tolerance: time.Hour}
		var text strings.Builder
		for i := range 3 {
			fmt.Fprintf(&text, "- {rule: fork_storm, state: firing, time: +1s, severity: high%s}\n", test.own(i))
		}
		models := mustRead(t, "alerts:\n"+text.String()).Alerts
		if test.value == 1 {
			for i := range models {
				models[i].Value = schema.Some(62.4)
			}
		}
		var alerts []*schema.Alert
		for i := range n {
			a := models[i%3]
			at := start.Add(time.Duration(n-i) * 10 * time.Millisecond)
			if test.forward {
				at = start.Add(time.Duration(i) * 10 * time.Millisecond)
			}
			a.Time = fixed(at)
			e.Alerts = append(e.Alerts, a)
			if i < n/2 || test.want != n/2 {
				raised := storm(time.Duration(i) * 10 * time.Millisecond)
				raised.Value = test.value
				alerts = append(alerts, raised)
			}
		}
		got := runOf(alerts...).raised()
		passed, paired := 0, 0
		for i, place := range pair(e, got) {
			if place < 0 {
				continue
			}
			if paired++; len(e.Alerts[i].compare(&got[place], e.Tolerance)) == 0 {
				passed++
			}
		}
		if passed != test.want || paired != len(got) {
			t.Errorf("%s: %d of %d pairs are as expected, want %d of %d", test.name, passed, paired, test.want, len(got))
		}
	}
}
