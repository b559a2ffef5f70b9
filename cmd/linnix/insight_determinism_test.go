package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestOneInsight analyses captures in ways that must not matter, as TestOneDigest does
// for replay, and compares every byte in every format.
func TestOneInsight(t *testing.T) {
	for _, c := range determinismCases(t) {
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(*seed, uint64(len(c.name))))
			dir := t.TempDir()
			whole := c.write(t, dir, "whole.jsonl", c.records)
			want := map[string]string{}
			for _, format := range report.Formats() {
				want[format] = analyzeVaried(t, format, variation{dir: dir, words: []string{whole}})
			}
			for i := range *runs {
				part := filepath.Join(dir, string(rune('a'+i%26))+"-"+strings.Repeat("x", i/26))
				format := report.Formats()[i%len(report.Formats())]
				v := c.vary(t, rnd, part)
				if got := analyzeVaried(t, format, v); got != want[format] {
					t.Fatalf("run %d of seed %d differs: %s\n%s", i, *seed, v, replayed{stdout: got}.firstDifference(replayed{stdout: want[format]}))
				}
				if err := os.RemoveAll(part); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// analyzeVaried runs insight in one way and returns what it printed.
func analyzeVaried(t *testing.T, format string, v variation) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "linnix", append([]string{"insight", "--format", format}, v.words...)...)
	cmd.Dir, cmd.Env = v.dir, append(os.Environ(), v.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if v.stdin != "" {
		file, err := os.Open(v.stdin)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.Stdin = &pieces{file, v.chunk}
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", v, err, stderr.Bytes())
	}
	return stdout.String()
}

// stormOn is a capture of a host on which a storm breaks out at the offset, if at all.
func stormOn(host string, at time.Duration) *replaytest.Capture {
	c := replaytest.New("boot-" + host)
	for i := range c.Records {
		if c.Records[i].Type == schema.TypeMeta {
			c.Records[i].Host = schema.Some(host)
		}
	}
	c.Task(100, 1, "storm-"+host, "storm-"+host)
	for second := range 20 {
		now := time.Duration(second) * time.Second
		for i := range 100 {
			if at > 0 && now >= at && now < at+4*time.Second {
				c.At(now+time.Duration(i+1)*5*time.Millisecond).Fork(100, int64(1000+second*100+i))
			}
		}
		c.At(now + 990*time.Millisecond).System(0)
	}
	return c.At(20 * time.Second).End()
}

// TestSeveralHosts analyses three hosts at once: what is found is what each of them
// gives alone, by onset, whatever the order of the names.
func TestSeveralHosts(t *testing.T) {
	dir := t.TempDir()
	var names, alone []string
	for host, at := range map[string]time.Duration{"late": 9 * time.Second, "early": 3 * time.Second, "calm": 0} {
		c := determinismCase{}
		name := c.write(t, dir, host+".jsonl", stormOn(host, at).Records)
		names = append(names, name)
		alone = append(alone, analyzeVaried(t, "json", variation{dir: dir, words: []string{name}}))
	}
	slices.Sort(names)
	slices.Sort(alone)
	want := analyzeVaried(t, "json", variation{dir: dir, words: names})
	slices.Reverse(names)
	if got := analyzeVaried(t, "json", variation{dir: dir, words: names}); got != want {
		t.Errorf("the order of the names matters: %s", replayed{stdout: got}.firstDifference(replayed{stdout: want}))
	}
	lines := strings.SplitAfter(want, "\n")
	for i, host := range []string{"calm", "early", "late"} {
		if !strings.Contains(lines[i], `"host":"`+host+`"`) {
			t.Errorf("line %d is not of %s: %.300s", i+1, host, lines[i])
		}
	}
	slices.Sort(lines)
	if got := strings.Join(lines, ""); got != strings.Join(alone, "") {
		t.Errorf("together: %s", replayed{stdout: got}.firstDifference(replayed{stdout: strings.Join(alone, "")}))
	}
	text := analyzeVaried(t, "text", variation{dir: dir, words: names})
	if !strings.HasPrefix(text, "2 incidents\n   1. normal on calm, ") || !strings.Contains(text, " on early, confidence") {
		t.Errorf("text: %.400s", text)
	}
}

// TestInsightColor runs insight on a terminal: the first line of a record alone has a
// colour, which NO_COLOR and a dumb terminal turn off.
func TestInsightColor(t *testing.T) {
	file := (&determinismCase{}).write(t, t.TempDir(), "storm.jsonl", stormOn("a", 3*time.Second).Records)
	for name, test := range map[string]struct {
		env  string
		want int
	}{
		"colour": {"A=b", 1}, "NO_COLOR": {"NO_COLOR=1", 0}, "empty NO_COLOR": {"NO_COLOR=", 1}, "dumb": {"TERM=dumb", 0},
	} {
		t.Run(name, func(t *testing.T) {
			text, code := inTerminal(t, 100, test.env, "linnix", "insight", file).wait()
			if code != 0 || strings.Count(text, "\x1b[1;3") != test.want || strings.Count(text, "\x1b[0m") != test.want {
				t.Errorf("code %d, printed %q", code, text)
			}
		})
	}
}
