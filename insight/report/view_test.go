package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

// viewed is a host with everything that is hard to print.
func viewed() *snapshot.View {
	f, n := schema.Some[float64], schema.Some[int64]
	v := &snapshot.View{Host: schema.HostView{
		Kind: schema.ViewHost, Host: "db\x1b[2J1", Time: at, OffsetNs: 12_500_000_000, WindowNs: 10_250_000_000, CPUs: n(4),
		CPUPercent: f(37.25), MemTotalBytes: n(8 << 30), MemAvailableBytes: n(6 << 30), MemPercent: f(25), LoadAvg: schema.Some([3]float64{1.5, 0.25, 12}),
		PSICPUSomeAvg10: f(12.3), PSIMemorySomeAvg10: f(0), PSIIOFullAvg10: f(99.99),
		DiskReadPerSec: f(1536), DiskWritePerSec: f(0), NetRxPerSec: f(5 << 20), ForksPerSec: f(123.4), ExecsPerSec: f(0), ExitsPerSec: f(1),
		Processes: 1234, Zombies: 1, Incomplete: true,
	}}
	pid := int64(0)
	add := func(ppid int64, change func(p *schema.ProcessView), args ...string) int64 {
		pid++
		p := schema.ProcessView{
			Kind: schema.ViewProcess, PID: pid, PPID: ppid, StartTime: schema.Some(at + schema.Time(pid)), State: "S",
			Args: args, Threads: n(1), AgeNs: n(pid * int64(time.Hour)), CPUPercent: f(float64(pid) * 7.5), RSSBytes: n(pid << 20), MemPercent: f(0.25),
		}
		if len(args) > 0 {
			p.Comm = args[0]
		}
		if change != nil {
			change(&p)
		}
		v.Processes = append(v.Processes, p)
		return pid
	}
	end := func(code int64) func(p *schema.ProcessView) {
		return func(p *schema.ProcessView) {
			p.Ended = &schema.Ended{ExitCode: n(code), Signal: n(0), CPUNs: n(5_000_000), MaxRSSBytes: n(3 << 20)}
			p.AgeNs, p.RSSBytes, p.MemPercent, p.State, p.Threads = n(120_000_000), schema.Opt[int64]{}, schema.Opt[float64]{}, "", schema.Opt[int64]{}
		}
	}
	add(0, nil, "init")
	add(0, nil)
	v.Processes[1].Comm = "kthreadd"
	for i := range 3 {
		add(2, func(p *schema.ProcessView) { p.Comm, p.CPUPercent = fmt.Sprintf("kworker/%d", i), f(0.1) })
	}
	shell := add(1, func(p *schema.ProcessView) {
		p.ReadPerSec, p.WritePerSec, p.FaultsPerSec, p.DelayPercent = f(2048), f(3<<20), f(12.5), f(3.25)
	}, "/bin/bash", "-c", "it's a test")
	add(shell, nil, "日本語", "--設定", strings.Repeat("長い", 60))
	add(shell, nil, "\x1b[31m\u202egpj\u200b", "\n\xff", "e\u0301te")
	add(shell, func(p *schema.ProcessView) { p.Zombie, p.State, p.Ended = true, "Z", &schema.Ended{Signal: n(9)} }, "zombie")
	add(shell, func(p *schema.ProcessView) { p.OrphanOf = n(4412) }, "orphan")
	maker := add(shell, nil, "make")
	for i := range 12 {
		cc := add(maker, end(0), "cc", fmt.Sprintf("f%d.c", i))
		add(cc, end(0), "cc1", fmt.Sprintf("f%d.c", i))
	}
	for range 11 {
		add(maker, end(1), "false")
	}
	for range 10 {
		add(maker, nil, "sleep", "30")
	}
	add(maker, func(p *schema.ProcessView) {
		p.CPUPercent, p.RSSBytes, p.State = schema.Opt[float64]{}, schema.Opt[int64]{}, ""
	})
	return v
}

// writeView writes the tree of a view, or its table.
func writeView(t *testing.T, v *snapshot.View, kind string, opts ViewOptions) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "tree":
		err = WriteTree(&b, &v.Host, v.Tree(), opts)
	case "branch":
		err = WriteTree(&b, &v.Host, []*snapshot.Node{snapshot.Find(v.Tree(), 11)}, opts)
	default:
		var list []*schema.ProcessView
		if list, err = v.Top("cpu", 15); err == nil {
			err = WriteTop(&b, &v.Host, list, opts)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestViewGoldens holds each view as it is printed.
func TestViewGoldens(t *testing.T) {
	for _, kind := range []string{"top", "tree", "branch"} {
		for name, opts := range map[string]ViewOptions{
			"": {}, "-80": {Width: 80}, "-ascii": {ASCII: true}, "-all": {All: true}, "-colour": {Colour: true, Width: 100},
		} {
			golden := filepath.Join("testdata", "view-"+kind+name+".txt")
			got := writeView(t, viewed(), kind, opts)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		}
	}
}

var colours = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestViewsFitTheWidth cuts every line, whatever names hold, and lets none of them reach
// the terminal.
func TestViewsFitTheWidth(t *testing.T) {
	for _, kind := range []string{"top", "tree", "branch"} {
		for columns := 1; columns < 160; columns++ {
			for _, colour := range []bool{false, true} {
				text := writeView(t, viewed(), kind, ViewOptions{Width: columns, Colour: colour})
				if got := colours.ReplaceAllString(text, ""); colour && got != writeView(t, viewed(), kind, ViewOptions{Width: columns}) {
					t.Errorf("%s, %d columns: colours change the text", kind, columns)
				}
				for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
					line = strings.TrimSuffix(line, "\n")
					if got := width(line); got > columns {
						t.Errorf("%s, %d columns: %d in %q", kind, columns, got, line)
					}
					if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }); i >= 0 {
						t.Errorf("%s: %q reaches the terminal", kind, line[i:])
					}
				}
			}
		}
	}
}

// TestFolding has as many children as are shown one by one, and one more.
func TestFolding(t *testing.T) {
	same := func(int) []string { return []string{"sleep", "30"} }
	other := func(i int) []string { return []string{"sleep", fmt.Sprint(i)} }
	for _, test := range []struct {
		name  string
		n     int
		args  func(i int) []string
		ended bool
		below bool // the first has a child
		want  int
	}{
		{"same", 8, same, false, false, 8},
		{"same, one more", 9, same, false, false, 1},
		{"alike", 24, other, false, false, 24},
		{"alike, one more", 25, other, false, false, 1},
		{"ten of each", 240, func(i int) []string { return []string{"sleep", fmt.Sprint(i / 10)} }, false, false, 24},
		{"ten of each, one more", 250, func(i int) []string { return []string{"sleep", fmt.Sprint(i / 10)} }, false, false, 1},
		{"ended alike", 8, other, true, false, 8},
		{"ended alike, one more", 9, other, true, false, 1},
		{"with a child", 9, same, false, true, 10},
		{"with a child, one more", 10, same, false, true, 3},
		{"ended, with a child that lives", 9, same, true, true, 10},
	} {
		v := snapshot.View{Processes: []schema.ProcessView{{PID: 7, StartTime: schema.Some(schema.Time(0))}}}
		add := func(pid, ppid int64, args []string, ended bool) {
			p := schema.ProcessView{PID: pid, PPID: ppid, StartTime: schema.Some(schema.Time(pid)), Comm: "sleep", Args: args}
			if ended {
				p.Ended = &schema.Ended{}
			}
			v.Processes = append(v.Processes, p)
		}
		for i := range test.n {
			add(int64(100+i), 7, test.args(i), test.ended)
		}
		roots := v.Tree()
		if test.below {
			first := roots[0].Children[0]
			first.Children = []*snapshot.Node{{ProcessView: &schema.ProcessView{PID: 500}, Parent: first}}
		}
		for all, want := range map[bool]int{false: test.want, true: test.n + len(roots[0].Children[0].Children)} {
			var b bytes.Buffer
			if err := WriteTree(&b, &v.Host, roots, ViewOptions{All: all}); err != nil {
				t.Fatal(err)
			}
			const head = 4 // the title, a blank line, the columns and the root
			if got := strings.Count(b.String(), "\n") - head; got != want {
				t.Errorf("%s, all %t: %d lines, want %d\n%s", test.name, all, got, want, b.String())
			}
		}
	}
}

// TestDeepTreesStayNarrow indents so many levels and no more.
func TestDeepTreesStayNarrow(t *testing.T) {
	var v snapshot.View
	for i := int64(1); i <= 5000; i++ {
		v.Processes = append(v.Processes, schema.ProcessView{PID: i, PPID: i - 1, StartTime: schema.Some(schema.Time(i)), Comm: "chain"})
	}
	var last string
	for line := range strings.Lines(writeView(t, &v, "tree", ViewOptions{})) {
		if last = line; width(line) > 180 {
			t.Fatalf("%d columns: %q", width(line), line)
		}
	}
	if !strings.HasSuffix(last, "(4999) chain\n") {
		t.Errorf("the last line is %q, want its depth", last)
	}
}

// TestEnding says how a process ended.
func TestEnding(t *testing.T) {
	n := schema.Some[int64]
	for _, test := range []struct {
		ended schema.Ended
		age   schema.Opt[int64]
		want  string
	}{
		{schema.Ended{ExitCode: n(1), Signal: n(0), CPUNs: n(5_000_000), MaxRSSBytes: n(3250585)}, n(120_000_000), "exit code 1 after 120 ms, 5.0 ms CPU, 3.1 MiB"},
		{schema.Ended{ExitCode: n(0), Signal: n(9)}, n(1_000_000_000), "killed by SIGKILL after 1.00 s"},
		{schema.Ended{Signal: n(11), CoreDumped: true}, schema.Opt[int64]{}, "killed by SIGSEGV (core dumped)"},
		{schema.Ended{Signal: n(64)}, schema.Opt[int64]{}, "killed by signal 64"},
		{schema.Ended{ExitCode: n(0)}, schema.Opt[int64]{}, "exit code 0"},
		{schema.Ended{}, schema.Opt[int64]{}, "ended, exit not recorded"},
		{schema.Ended{}, n(1), "ended, exit not recorded, after 0.00 ms"},
	} {
		if got := Ending(&test.ended, test.age); got != test.want {
			t.Errorf("%+v: %q, want %q", test.ended, got, test.want)
		}
	}
}

// TestLengthsOfTime has the last of each unit and the first of the next.
func TestLengthsOfTime(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration][2]string{
		0:                             {"0.00 ms", "0.0s"},
		994 * time.Microsecond:        {"0.99 ms", "0.0s"},
		time.Millisecond:              {"1.0 ms", "0.0s"},
		9949 * time.Microsecond:       {"9.9 ms", "0.0s"},
		10 * time.Millisecond:         {"10 ms", "0.0s"},
		time.Second - 1:               {"999 ms", "0.9s"},
		time.Second:                   {"1.00 s", "1.0s"},
		10*time.Second - 1:            {"10.00 s", "9.9s"},
		10 * time.Second:              {"10.00 s", "10s"},
		time.Minute - time.Nanosecond: {"60.00 s", "59s"},
		time.Minute:                   {"1m00s", "1m00s"},
		time.Hour - 1:                 {"59m59s", "59m59s"},
		time.Hour:                     {"1h00m", "1h00m"},
		day - 1:                       {"23h59m", "23h59m"},
		day:                           {"1d00h", "1d00h"},
		100*day + 5*time.Hour:         {"100d05h", "100d05h"},
	} {
		if got := [2]string{Span(d), age(schema.Some(int64(d)))}; got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
	if got := age(schema.Opt[int64]{}); got != "-" {
		t.Errorf("unknown: %q", got)
	}
}
