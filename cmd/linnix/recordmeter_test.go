package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record"
)

func TestProgressLine(t *testing.T) {
	p := record.Progress{Elapsed: 72*time.Second + 900*time.Millisecond, Events: 12345, Live: 312}
	lossy, sized := p, p
	lossy.Lost, sized.SizeBytes = 9, 3<<20
	for name, test := range map[string]struct {
		progress record.Progress
		duration time.Duration
		columns  int
		want     string
	}{
		"until Ctrl-C":  {p, 0, 120, "linnix: 1m12s, 12345 events, 0 lost, 312 processes; Ctrl-C ends it"},
		"with all":      {sized, 2 * time.Minute, 120, "linnix: 1m12s, 48s left, 12345 events, 0 lost, 312 processes, 3.0 MiB; Ctrl-C ends it"},
		"unknown width": {sized, 2 * time.Minute, 0, "linnix: 1m12s, 48s left, 12345 events, 0 lost, 312 processes, 3.0 MiB"},
		"loss":          {lossy, 2 * time.Minute, 40, "linnix: 1m12s, 9 LOST, 48s left"},
		"too late":      {p, time.Minute, 25, "linnix: 1m12s, 0s left"},
		"fits":          {p, 0, 28, "linnix: 1m12s, 12345 events"},
		"does not fit":  {p, 0, 27, "linnix: 1m12s"},
		"narrow":        {p, 0, 6, "linni"},
		"one column":    {p, 0, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := progressLine(test.progress, test.duration, test.columns); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	for columns := 1; columns < 150; columns++ {
		if got := progressLine(sized, time.Hour, columns); len(got) >= columns {
			t.Errorf("%d columns: %q is too long", columns, got)
		}
	}
}

// progressLines takes what a recording printed on a terminal apart: the lines that it
// showed and erased, and what stayed.
func progressLines(t *testing.T, text string) (shown []string, left string) {
	t.Helper()
	parts := strings.Split(text, eraseLine)
	if parts[0] != "" {
		t.Errorf("before the first line stands %q", parts[0])
	}
	if len(parts) < 3 {
		t.Fatalf("no progress in %q", text)
	}
	shown, left = parts[1:len(parts)-1], parts[len(parts)-1]
	for i, line := range shown {
		// The terminal shows the key of a Ctrl-C itself, on the line that goes then.
		if shown[i] = strings.TrimSuffix(strings.TrimSuffix(line, "^C"), "\r"); strings.ContainsAny(shown[i], "\r\n\x1b") {
			t.Errorf("more than a line of text: %q", line)
		}
	}
	if strings.Contains(left, "\x1b") || strings.Contains(strings.ReplaceAll(left, "\r\n", ""), "\r") {
		t.Errorf("control sequences in what stayed: %q", left)
	}
	return shown, left
}

func TestProgressOnTerminal(t *testing.T) {
	requireLiveKernel(t)
	begin := time.Now()
	term := inTerminal(t, 60, "linnix", "record", "-d", "3s", "--interval", "10ms", "-o", "x.jsonl")
	text, code := term.wait()
	if code != 0 {
		t.Fatalf("exit code %d: %q", code, text)
	}
	shown, left := progressLines(t, text)
	if limit := 5 * time.Since(begin).Seconds(); float64(len(shown)) > limit {
		t.Errorf("%d changes, at most %.0f wanted", len(shown), limit)
	}
	for _, line := range shown {
		if !regexp.MustCompile(`^linnix: [0-3]s, [0-3]s left, \d+ events?, 0 lost`).MatchString(line) || len(line) >= 60 {
			t.Errorf("shown: %q", line)
		}
	}
	if !strings.HasPrefix(left, "linnix: recorded ") {
		t.Errorf("stayed: %q", left)
	}
}

// TestProgressWidth resizes the terminal while it is written to.
func TestProgressWidth(t *testing.T) {
	requireLiveKernel(t)
	term := inTerminal(t, 100, "linnix", "record", "-o", "x.jsonl")
	at := term.expect(0, "; Ctrl-C ends it")
	for _, columns := range []int{30, 10, 3} {
		term.resize(columns)
		// The line under way may still be that of the old width.
		at = term.expect(at, `\x1b\[J[^\r]+\r\r\x1b\[J`)
		end := term.expect(at, `^[^\r]+\r`)
		if line := strings.TrimSuffix(term.output()[at:end], "\r"); len(line) >= columns {
			t.Errorf("%d columns: %q", columns, line)
		}
		at = end
	}
	term.typed("\x03")
	if text, code := term.wait(); code != 0 {
		t.Errorf("exit code %d: %q", code, text)
	}
}

// TestNoProgress holds where no line may be shown.
func TestNoProgress(t *testing.T) {
	requireLiveKernel(t)
	for name, test := range map[string]struct {
		words []string
		want  string
	}{
		"quiet":        {[]string{"linnix", "record", "-q", "-d", "1s", "-o", "x.jsonl"}, `^$`},
		"dumb":         {[]string{"TERM=dumb", "linnix", "record", "-d", "1s", "-o", "x.jsonl"}, `^linnix: recorded [^\r\x1b]*\r\n`},
		"no TERM":      {[]string{"TERM=", "linnix", "record", "-d", "1s", "-o", "x.jsonl"}, `^linnix: recorded [^\r\x1b]*\r\n`},
		"command":      {[]string{"linnix", "record", "-o", "x.jsonl", "--", "sh", "-c", "echo said; sleep 1"}, `^said\r\nlinnix: recorded [^\r\x1b]*\r\n`},
		"to stdout":    {[]string{"linnix", "record", "-d", "1s", "-o", "-"}, `^\{"type":"meta"`},
		"stderr away":  {[]string{"sh", "-c", "linnix record -d 1s -o x.jsonl 2>messages"}, `^$`},
		"background":   {[]string{"bash", "-mc", "linnix record -d 1s -o x.jsonl & wait $!"}, `^linnix: recorded [^\r\x1b]*\r\n`},
		"wrong option": {[]string{"linnix", "record", "-q", "-d", "soon"}, `^linnix: record: --duration "soon" is no length`},
	} {
		t.Run(name, func(t *testing.T) {
			text, _ := inTerminal(t, 80, test.words...).wait()
			if !regexp.MustCompile(test.want).MatchString(text) || strings.Contains(text, "\x1b") {
				t.Errorf("printed %q", text)
			}
		})
	}
}

// TestNoColor runs each command on a terminal: under NO_COLOR none may colour anything.
func TestNoColor(t *testing.T) {
	sgr := regexp.MustCompile(`\x1b\[[0-9;:]*m`)
	for _, cmd := range commandTable(&stdio{}) {
		for _, line := range append(helpExamples(cmd), "linnix "+cmd.Name+" --help", "linnix "+cmd.Name+" --nosuch") {
			t.Run(line, func(t *testing.T) {
				if strings.HasPrefix(line, "linnix record") {
					requireLiveKernel(t)
				}
				text, _ := inTerminal(t, 80, "NO_COLOR=1", "sh", "-c", "cd '"+exampleFolder(t, line)+"'; "+line).wait()
				if sgr.MatchString(text) {
					t.Errorf("printed %q", text)
				}
			})
		}
	}
}

// requireLiveKernel skips a test where this kernel does not let us record, unless
// LINNIX_REQUIRE_LIVE forbids that.
func requireLiveKernel(t *testing.T) {
	t.Helper()
	switch ok, err := live(); {
	case err != nil:
		t.Fatal(err)
	case !ok:
		t.Skip("this kernel does not let us record")
	}
}
