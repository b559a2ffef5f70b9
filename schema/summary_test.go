package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var summaries = []struct {
	line string
	want TelemetrySummary
}{
	{
		"w=5 eps=240 frk=3 exe=1 ext=0 top=java,promtail tree=pid=4412 comm=java ppid=1; free words",
		TelemetrySummary{
			WindowSeconds: 5, EventsPerSec: 240, Forks: 3, Execs: 1,
			Top:   []string{"java", "promtail"},
			Tree:  &TreeRef{PID: 4412, Comm: "java", PPID: Some[int64](1)},
			Words: "free words",
		},
	},
	{
		"w=10 eps=0 frk=0 exe=0 ext=0 top=none tree=n/a",
		TelemetrySummary{WindowSeconds: 10},
	},
	{
		"w=10 eps=1 frk=2 exe=3 ext=4 top=%6Eone,%00 rss=7:a:b:61.2%,8:%2C:0.0% tree=pid=7 comm=Web%20Content ppid=?; cpu 96%; more",
		TelemetrySummary{
			WindowSeconds: 10, EventsPerSec: 1, Forks: 2, Execs: 3, Exits: 4,
			Top:   []string{"none", ""},
			RSS:   MemoryShares{{PID: 7, Comm: "a:b", Permille: 612}, {PID: 8, Comm: ","}}.String(),
			Tree:  &TreeRef{PID: 7, Comm: "Web Content"},
			Words: "cpu 96%; more",
		},
	},
}

func TestTelemetrySummary(t *testing.T) {
	for _, tt := range summaries {
		got, err := ParseTelemetrySummary(tt.line)
		if err != nil {
			t.Errorf("ParseTelemetrySummary(%q): %v", tt.line, err)
			continue
		}
		if diff := cmp.Diff(&tt.want, got); diff != "" {
			t.Errorf("ParseTelemetrySummary(%q) (-want +got):\n%s", tt.line, diff)
		}
		if line := tt.want.String(); line != tt.line {
			t.Errorf("String() = %q, want %q", line, tt.line)
		}
	}
}

// TestParseTelemetrySummaryOfOthers holds that the freedoms a summary has are granted to
// those who write it otherwise than String.
func TestParseTelemetrySummaryOfOthers(t *testing.T) {
	tests := []struct{ name, line, same string }{
		{"rate with a fraction", "w=5 eps=240.5 frk=3 exe=1 ext=0 top=a tree=n/a", ""},
		{"rss by comm", "w=5 eps=2 frk=3 exe=1 ext=0 top=a rss=java:12.3%,promtail:4% tree=n/a", ""},
		{"rss as a size", "w=5 eps=2 frk=3 exe=1 ext=0 top=a rss=812MB tree=n/a", ""},
		{"rss of more than all", "w=5 eps=2 frk=3 exe=1 ext=0 top=a rss=1:a:101.0% tree=n/a", ""},
		{"rss empty", "w=5 eps=2 frk=3 exe=1 ext=0 top=a rss= tree=n/a", "w=5 eps=2 frk=3 exe=1 ext=0 top=a tree=n/a"},
		{"top empty", "w=5 eps=0 frk=0 exe=0 ext=0 top= tree=n/a", "w=5 eps=0 frk=0 exe=0 ext=0 top=none tree=n/a"},
		{"tree empty", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a"},
		{"tree none", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=none", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a"},
		{"words close by", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a;free words", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a; free words"},
		{"words far", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=pid=1 comm=a ppid=0 ; b", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=pid=1 comm=a ppid=0; b"},
		{"no words", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a;", "w=5 eps=0 frk=0 exe=0 ext=0 top=a tree=n/a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseTelemetrySummary(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if tt.same == "" {
				tt.same = tt.line
			}
			if got := s.String(); got != tt.same {
				t.Errorf("written again as %q, want %q", got, tt.same)
			}
		})
	}
}

func TestParseTelemetrySummaryRefuses(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"empty", "", "want w="},
		{"order", "eps=1 w=5", "want w="},
		{"negative", "w=-5 eps=1", "w: want a count"},
		{"leading zero", "w=05 eps=1", "w: want a count"},
		{"huge", "w=99999999999999999999 eps=1", "w: want a count"},
		{"missing part", "w=5 eps=1 frk=1 exe=1 top=a tree=n/a", "want ext="},
		{"two spaces", "w=5  eps=1", "want eps="},
		{"no tree", "w=5 eps=1 frk=1 exe=1 ext=1 top=a", "want tree="},
		{"bad escape", "w=5 eps=1 frk=1 exe=1 ext=1 top=a%2 tree=n/a", "top: want %XX"},
		{"empty comm", "w=5 eps=1 frk=1 exe=1 ext=1 top=a,,b tree=n/a", "top: an empty comm"},
		{"rate without a digit", "w=5 eps=1. frk=1", "eps: want a rate"},
		{"rate of signs", "w=5 eps=1.-2 frk=1", "eps: want a rate"},
		{"rate in powers", "w=5 eps=1e3 frk=1", "eps: want a rate"},
		{"rate not a number", "w=5 eps=NaN frk=1", "eps: want a rate"},
		{"control in rss", "w=5 eps=1 frk=1 exe=1 ext=1 top=a rss=a\x1bb tree=n/a", "rss: want text without control"},
		{"tree without ppid", "w=5 eps=1 frk=1 exe=1 ext=1 top=a tree=pid=1 comm=a", "want ppid="},
		{"rest", "w=5 eps=1 frk=1 exe=1 ext=1 top=a tree=n/a x", "want pid="},
		{"control in words", "w=5 eps=1 frk=1 exe=1 ext=1 top=a tree=n/a; a\x1bb", "without control characters"},
		{"too long", strings.Repeat("w", maxSummary+1), "at most 4096"},
		{"too many", "w=5 eps=1 frk=1 exe=1 ext=1 top=" + strings.Repeat("a,", maxSummaryList) + "a tree=n/a", "top: at most 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTelemetrySummary(tt.line)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// FuzzParseTelemetrySummary holds that what is parsed can be written and parsed again
// to the same value.
func FuzzParseTelemetrySummary(f *testing.F) {
	for _, s := range summaries {
		f.Add(s.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		s, err := ParseTelemetrySummary(line)
		if err != nil {
			return
		}
		again, err := ParseTelemetrySummary(s.String())
		if err != nil {
			t.Fatalf("%q was parsed, but written as %q: %v", line, s.String(), err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Fatalf("%q changed (-first +second):\n%s", line, diff)
		}
	})
}
