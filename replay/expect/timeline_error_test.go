package expect

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// TestTimelineProblems holds what is said of what is wrong, and where: the text that
// the caret stands under, and the message.
func TestTimelineProblems(t *testing.T) {
	for _, test := range []struct{ statement, under, message, hint string }{
		{"frok 1 under bash", "frok", "unknown statement", "did you mean fork?"},
		{"jump 1", "jump", "unknown statement", "one of fork, exec, exit, cpu, rss, psi, zombies, oom, lost, gap"},
		{"+x fork 1 under bash", "+x", "want a time such as 10s", "fork 20/s"},
		{"+-1s fork 1 under bash", "+-1s", "want a time that is not negative", ""},
		{"++1s fork 1 under bash", "++1s", "want a time such as", ""},
		{"+25h fork 1 under bash", "+25h", "want at most 24 hours", ""},
		{"+1s", "", "want statement, and the line ends", "fork 20/s for 3s under bash"},
		{"fork", "", "want a number, and the line ends", "fork 20/s for 3s under bash"},
		{"fork many under bash", "many", "want a whole number from 1 to 1000000", ""},
		{"fork 0 under bash", "0", "want a whole number from 1", ""},
		{"fork 1.5 under bash", "1.5", "want a whole number from 1", ""},
		{"fork 1000001 under bash", "1000001", "want a whole number from 1", ""},
		{"fork 20/h for 3s under bash", "20/h", "want a rate such as 20/s or 90/min", ""},
		{"fork 0/s for 3s under bash", "0/s", "want a rate", ""},
		{"fork 0.0001/s for 3s under bash", "0.0001/s", "want a rate", ""},
		{"fork 20/s under bash", "under bash", "want for, found \"under\"", ""},
		{"fork 20/s for 0s under bash", "0s", "want a time above 0", ""},
		{"fork 20/s for 3 under bash", "3 under", "want a time such as 10s", ""},
		{"fork 20/s for 3s in bash", "in bash", "want under, found \"in\"", ""},
		{"fork 1 under bash twice", "twice", "\"twice\" is too much here", ""},
		{"fork 1 under a-name-of-16-byte", "a-name", "at most 15 bytes", ""},
		{"fork 1 under bash#0", "bash#0", "want the name of a process", ""},
		{"fork 1 under init under bash", "init", "init is under nothing", ""},
		{"fork 1 under a under b under a", "a under b", "a would stand under itself", ""},
		{`exec 1 cc1 under make`, "cc1", "want a command in quotes", `exec 10/s for 3s "cc1 -O2"`},
		{`exec 1 "" under make`, `""`, "want a command in quotes", ""},
		{`exec 1 "cc1 under make`, `"cc1`, "a quote that is not closed", ""},
		{"exit init", "exit init", "init never ends", ""},
		{"cpu 100 for 20s in worker", "100", "want a percentage such as 80%", "cpu 100% for 20s in worker"},
		{"cpu 10001% for 20s in worker", "10001%", "want at most 10000%", ""},
		{"cpu 0%..100% for 20s in worker", "for 20s", "want over, found \"for\"", ""},
		{"rss 1GB for 20s in worker", "1GB", "want a number", ""},
		{"rss 1G for 20s in worker", "1G", "want a size such as 512MiB", ""},
		{"psi disk some 1% for 20s", "disk", "unknown resource", "one of cpu, memory, io"},
		{"psi io som 1% for 20s", "som", "unknown stall", "did you mean some?"},
		{"psi io some 100.001% for 20s", "psi io", "pressure above 100%", ""},
		{"lost fokr 1 for 1s", "fokr", "unknown event", "did you mean fork?"},
		{"gap", "", "want a time, and the line ends", "gap 5s"},
		{"+23h gap 2h", "+23h", "ends at +25h, and a timeline has at most 24 hours", ""},
		{"+0.0000000001s gap 2s", "+0.00", "want whole nanoseconds", ""},
		{"gap 1.0000000001s", "1.00", "want whole nanoseconds", ""},
		{"fork 300000 under bash", "fork", "the timeline comes to more than 1000000 records", ""},
		{"fork 1000000000/s for 24h under bash", "fork", "more than 1000000 records", ""},
		{"zombies 100000 under bash for 10s", "zombies", "more than 1000000 records", ""},
	} {
		t.Run(test.statement, func(t *testing.T) {
			text := "# é\ntimeline:\n- gap 1s\n- '" + test.statement + "'\n"
			_, err := readTimeline("t.yaml", text)
			var problems document.Problems
			if !errors.As(err, &problems) || len(problems) != 1 {
				t.Fatalf("got %v, want one problem", err)
			}
			p := problems[0]
			at := strings.Index(test.statement, test.under)
			if test.under == "" {
				at = len(test.statement)
			}
			const before = len("- '") + 1
			if p.Line != 4 || p.Col != at+before || !strings.Contains(p.Message, test.message) || !strings.Contains(p.Hint, test.hint) {
				t.Errorf("got col %d, want %d:\n%v", p.Col, at+before, p)
			}
		})
	}
}

// TestTimelineContradictions holds statements that do not go together.
func TestTimelineContradictions(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"- fork 1 under a under b\n- cpu 1% for 1s in a under c", "2:20: a stands under b on line 1; a second one is a#2"},
		{"- exit bash\n- +1s exit bash", "2:3: bash ends at +0s already"},
		{"- +1s oom bash\n- +1s exit bash", "2:3: bash ends at +1s already"},
		{"- exit bash\n- +1ns fork 1 under bash", "2:3: bash ends at +0s, and is needed at +1ns"},
		{"- +1s exit bash\n- cpu 1% for 1001ms in bash", "2:3: bash ends at +1s, and is needed at +1.001s"},
		{"- fork 1 under bash\n- jump\n- exit", "2:3: unknown statement \"jump\""},
		{"- fork 1 under bash\n- jump\n- exit", "3:7: want the name of a process"},
		{"length: 1s\ntimeline: [gap 1001ms]", "2:12: ends at +1.001s, after the length of 1s"},
		{"length: 0\ntimeline: [gap 1s]", "1:9: length: 0 is not above 0"},
		{"length: 25h\ntimeline: [gap 1s]", "1:9: length: text \"25h\" is more than 24 hours"},
		{"timeline: []", "1:11: timeline: no statement"},
		{"timeline: {}", "1:11: timeline: want a list of statements, found a map"},
		{"timeline: [1]", "1:12: want a statement, found 1"},
		{"timeline: |\n  # only\n", "1:11: timeline: no statement"},
		{"timeline: |\n  gap 1s\n\n  # é\n    gap x\n", "5:9: want a time such as"},
		{"timeline: \"gap 1s\\tx\"", "1:11: \"x\" is too much here"},
	} {
		_, err := readTimeline("t.yaml", test.text)
		if err == nil || !strings.Contains(err.Error(), "t.yaml:"+test.want) {
			t.Errorf("%q: got\n%v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestFiner(t *testing.T) {
	for text, want := range map[string]bool{
		"0": false, "1s": false, "1.000000001s": false, "1.0000000010000s": false, "1.0000000001s": true, "0.5ns": true, "1.0ns": false,
		"1.123456ms": false, "1.1234567ms": true, "1.123µs": false, "1.123us": false, "1.1234us": true, ".5s": false, "5.s": false,
		"1h2.5m0.000000001s": false, "1h0.5ns": true, "0.5ns1s": true,
		"-0s": false, "+0s": false, "0.0000000000025h": false, "0.0000000000125h": false, "0.00000000000125h": true, "0.0000000005m": false, "0.00000000005m": false,
		"0.000000000025m": true, "0.33333333333333333h": true,
	} {
		if _, err := time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		if got := finer(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 10 * time.Minute: "10m", 26 * time.Hour: "26h", 61 * time.Minute: "1h1m",
		time.Hour + 10*time.Second: "1h0m10s", 1500 * time.Millisecond: "1.5s",
	} {
		if got := plain(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// TestTimelineBoundaries holds what is still, and just no longer, there.
func TestTimelineBoundaries(t *testing.T) {
	for _, test := range []struct {
		statement string
		forks     int
		length    time.Duration
	}{
		{"fork 20/s for 3s under b", 60, 3 * time.Second},
		{"fork 20/s for 3000000001ns under b", 61, 3*time.Second + 1},
		{"fork 20/s for 2999999999ns under b", 60, 3*time.Second - 1},
		{"fork 3/s for 1s under b", 3, time.Second},
		{"fork 90/min for 2s under b", 3, 2 * time.Second},
		{"fork 0.5/s for 2s under b", 1, 2 * time.Second},
		{"fork 0.5/s for 2000000001ns under b", 2, 2*time.Second + 1},
		{"fork 1 under b lasting 1ns", 1, 1},
		{"+24h fork 1 under b", 1, 24 * time.Hour},
	} {
		timeline, err := readTimeline("t.yaml", "- "+test.statement)
		if err != nil {
			t.Errorf("%s: %v", test.statement, err)
			continue
		}
		forks := 0
		eachRecord(t, timeline, func(r *schema.Record) {
			if r.Type == schema.TypeFork {
				forks++
			}
		})
		if forks != test.forks || timeline.Length() != test.length {
			t.Errorf("%s: %d forks in %v, want %d in %v", test.statement, forks, timeline.Length(), test.forks, test.length)
		}
	}
}

// TestTimelineTableIsTrue runs each statement of TIMELINE.md and each form that a hint
// shows, and holds that the table has them all.
func TestTimelineTableIsTrue(t *testing.T) {
	text, err := os.ReadFile("TIMELINE.md")
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		told[m[1]] = true
		if _, err := readTimeline("t.yaml", "- '"+m[1]+"'"); err != nil {
			t.Error(err)
		}
	}
	for _, v := range verbs() {
		if !told[v.form] {
			t.Errorf("TIMELINE.md has no %q", v.form)
		}
	}
}

func FuzzTimeline(f *testing.F) {
	for _, v := range verbs() {
		f.Add("- '+1s " + v.form + "'\n- '" + v.form + "'\n")
	}
	f.Add("length: 5s\ntimeline: |\n  fork 9 chain over 3s under a under b lasting 1ms\n  exit b\n")
	f.Fuzz(func(t *testing.T, text string) {
		timeline, err := readTimeline("t.yaml", text)
		if err != nil {
			return
		}
		var last, first schema.Time
		n, end := int64(0), schema.Type("")
		eachRecord(t, timeline, func(r *schema.Record) {
			if n == 0 {
				first = r.Time
			}
			if r.Seq != n || r.Time < last || r.Time.Sub(first) > timeline.Length() {
				t.Fatalf("record %d: %s", n, recordLine(r))
			}
			for _, v := range [...]schema.Opt[int64]{r.CPUNs, r.RSSBytes, r.CPUUserNs, r.PSI.IOSomeUs, r.MemFreeBytes} {
				if v.V < 0 {
					t.Fatal(recordLine(r))
				}
			}
			n, last, end = n+1, r.Time, r.Type
		})
		if n > MaxTimelineRecords || end != schema.TypeEnd {
			t.Fatal(fmt.Sprint(n, " records, the last ", end))
		}
	})
}
