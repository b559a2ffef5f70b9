package score

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// stormCapture has a shell, 200, that forks 100 children a second, from the fourth
// second to the ninth, which stay until the end; pid 300 is used twice before that.
func stormCapture() *replaytest.Capture {
	c := replaytest.New("boot")
	c.Task(200, 1, "storm.sh", "bash", "storm.sh")
	c.At(time.Second).Fork(1, 300)
	c.At(2 * time.Second).Exit(300)
	c.At(3*time.Second).Fork(1, 300)
	pid := int64(1000)
	for second := range 20 {
		for i := range 100 {
			if second >= 4 && second < 9 {
				pid++
				c.At(time.Duration(second)*time.Second+time.Duration(i+1)*9*time.Millisecond).Fork(200, pid)
			}
		}
		c.At(time.Duration(second+1) * time.Second).System(0)
	}
	return c.End()
}

func labelOf(t *testing.T, text string) *schema.Label {
	t.Helper()
	label, err := schema.ParseLabel([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return label
}

func TestReplay(t *testing.T) {
	label := labelOf(t, `{"incidents":[{"class":"fork_storm","onset":"4s","primary":{"pid":200}}]}`)
	o, err := Replay(context.Background(), "storm", stormCapture().Source(), label)
	if err != nil {
		t.Fatal(err)
	}
	if o.Name != "storm" || o.Start != replaytest.Start || o.Span != 20*time.Second || len(o.Predictions) != len(Predictors()) {
		t.Errorf("outcome %+v", o)
	}
	if in := o.Labels[0]; in.Onset.Sub(o.Start) != 4*time.Second || in.End.Sub(o.Start) != 20*time.Second || in.Processes[0].Comm != "storm.sh" {
		t.Errorf("label %+v", in)
	}
	for i, want := range []struct{ name, class string }{{"heuristics", "fork_storm"}, {"rules", "fork_storm"}, {"first_rule", "fork_storm"}, {"all_normal", "normal"}} {
		pair := o.pairs(i)[0]
		if got := string(pair.FoundClass()); got != want.class || Predictors()[i] != want.name {
			t.Errorf("%s found %s, want %s", Predictors()[i], got, want.class)
		}
		if named := pair.Named(1); named != (want.name == "heuristics" || want.name == "first_rule") {
			t.Errorf("%s named the process: %v", want.name, named)
		}
	}
}

// TestWitness holds which process a labelled pid is: of pid 300 the second, or nobody
// between the two.
func TestWitness(t *testing.T) {
	const second = replaytest.Start + schema.Time(3*time.Second)
	for _, tt := range []struct {
		name, onset string
		pid         string
		start       schema.Time
		problem     string
	}{
		{"the first owner of the pid", "1.5s", "300", replaytest.Start.Add(time.Second), ""},
		{"until two seconds after its end", "2.9s", "300", second, ""},
		{"the next owner", "3.5s", "300", second, ""},
		{"at the end", "20s", "200", replaytest.Start.Add(-time.Minute) + 200, ""},
		{"two seconds before its birth", "0s", "1001", 0, "started 4.009s after the onset"},
		{"exactly two seconds before its birth", "2.009s", "1001", replaytest.Start.Add(4009 * time.Millisecond), ""},
		{"a moment more", "2.008999999s", "1001", 0, "started 2.000000001s after the onset"},
		{"nobody", "3s", "999", 0, "no process of the capture has the pid 999"},
		{"after the end", "20.000000001s", "200", 0, "onset 20.000000001s lies after the end of the capture, which is 20s long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			label := labelOf(t, `{"incidents":[{"class":"oom_risk","onset":"0s"},{"class":"fork_storm","onset":"`+tt.onset+`","primary":{"pid":`+tt.pid+`}}]}`)
			o, err := Replay(context.Background(), "", stormCapture().Source(), label)
			var misfit *LabelError
			if tt.problem != "" {
				if !errors.As(err, &misfit) || misfit.Incident != 1 || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("error %v, want one with %q", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Labels[1].Processes[0].Start; got != schema.Some(tt.start) {
				t.Errorf("started %v, want %v", got, tt.start)
			}
		})
	}
}

// TestWitnessOfALostExit holds that the next owner of a pid counts though nothing tells
// that the one before is gone.
func TestWitnessOfALostExit(t *testing.T) {
	c := replaytest.New("boot")
	c.At(time.Second).Fork(1, 300)
	c.At(3*time.Second).Fork(1, 300)
	c.At(9*time.Second).Fork(1, 300)
	o, err := Replay(context.Background(), "", c.Source(), labelOf(t, `{"incidents":[{"class":"fork_storm","onset":"3s","primary":{"pid":300}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Labels[0].Processes[0].Start; got != schema.Some(replaytest.Start.Add(3*time.Second)) {
		t.Errorf("started %v, want the second of three", got)
	}
}

func TestWitnessOfTheDead(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(200, 1, "job")
	c.At(time.Second).Exit(200)
	c.At(9 * time.Second).System(0)
	for onset, fits := range map[string]bool{"2.999999999s": true, "3s": true, "3.000000001s": false} {
		label := labelOf(t, `{"incidents":[{"class":"fork_storm","onset":"`+onset+`","primary":{"pid":200}}]}`)
		_, err := Replay(context.Background(), "", c.Source(), label)
		var misfit *LabelError
		if fits && err != nil || !fits && !errors.As(err, &misfit) {
			t.Errorf("onset %s: error %v", onset, err)
		}
	}
}
