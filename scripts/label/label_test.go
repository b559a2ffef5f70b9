package main

import (
	"io"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// second is the start of the captures here, in seconds since 1970.
const second = 1_700_000_000

// list is a capture.
type list []schema.Record

func (l *list) Read() (*schema.Record, error) {
	if len(*l) == 0 {
		return nil, io.EOF
	}
	r := &(*l)[0]
	*l = (*l)[1:]
	return r, nil
}

// record is one of a process; times are in ms after the start of the capture.
func record(kind schema.Type, at, pid, start int64, comm string) schema.Record {
	r := schema.Record{Type: kind, Time: schema.Time(second*1e9 + at*1e6)}
	if pid != 0 {
		r.PID.Set(pid)
		r.StartTime.Set(schema.Time(second*1e9 + start*1e6))
		r.Comm.Set(comm)
	}
	return r
}

func TestLabelled(t *testing.T) {
	// Pid 20 is two processes; 30 becomes another program; 40 is there from the start.
	records := list{
		record(schema.TypeMeta, 0, 0, 0, ""),
		record(schema.TypeTask, 1, 40, -5000, "old"),
		record(schema.TypeFork, 1000, 20, 1000, "first"),
		record(schema.TypeExit, 2000, 20, 1000, "first"),
		record(schema.TypeFork, 2500, 30, 2500, "bash"),
		record(schema.TypeExec, 2600, 30, 2500, "spin"),
		record(schema.TypeFork, 3000, 20, 3000, "second"),
		record(schema.TypeEnd, 9000, 0, 0, ""),
	}
	for name, test := range map[string]struct{ marks, want, fails string }{
		"none":             {"", `[]`, ""},
		"alive throughout": {"1700000000.500000 begin oom_risk 40", `[{"class":"oom_risk","onset":"500ms","primary":{"pid":40,"comm":"old"}}]`, ""},
		"to its exit":      {"1700000002.000000 begin fork_storm 20", `[{"class":"fork_storm","onset":"2s","primary":{"pid":20,"comm":"first"}}]`, ""},
		"after its exit":   {"1700000002.000001 begin fork_storm 20", "", "pid 20 did not live at its onset"},
		"before its birth": {"1700000002.999999 begin fork_storm 20", "", "pid 20 did not live at its onset"},
		"from its birth":   {"1700000003.000000 begin fork_storm 20", `[{"class":"fork_storm","onset":"3s","primary":{"pid":20,"comm":"second"}}]`, ""},
		"its last name":    {"1700000002.500400 begin cpu_spin 30", `[{"class":"cpu_spin","onset":"2.5s","primary":{"pid":30,"comm":"spin"}}]`, ""},
		"end": {"1700000003.000000 begin fork_storm 20\n1700000008.123400 end fork_storm\n",
			`[{"class":"fork_storm","onset":"3s","end":"8.123s","primary":{"pid":20,"comm":"second"}}]`, ""},
		"end after the capture": {"1700000003.000000 begin fork_storm 20\n1700000009.500000 end fork_storm\n",
			`[{"class":"fork_storm","onset":"3s","end":"9s","primary":{"pid":20,"comm":"second"}}]`, ""},
		"two, by onset": {"1700000004.000000 begin fork_storm 20\n1700000003.000000 begin cpu_spin 30\n1700000006.000000 end fork_storm\n1700000007.000000 end cpu_spin\n",
			`[{"class":"cpu_spin","onset":"3s","end":"7s","primary":{"pid":30,"comm":"spin"}},{"class":"fork_storm","onset":"4s","end":"6s","primary":{"pid":20,"comm":"second"}}]`, ""},
		"two of one class": {"1700000003.000000 begin cpu_spin 20\n1700000004.000000 begin cpu_spin 30\n1700000006.000000 end cpu_spin\n",
			`[{"class":"cpu_spin","onset":"3s","primary":{"pid":20,"comm":"second"}},{"class":"cpu_spin","onset":"4s","end":"6s","primary":{"pid":30,"comm":"spin"}}]`, ""},
		"before the capture": {"1699999999.999999 begin cpu_spin 40", "", "outside the capture"},
		"after the capture":  {"1700000009.000001 begin cpu_spin 40", "", "outside the capture"},
		"unknown pid":        {"1700000003.000000 begin cpu_spin 41", "", "pid 41 did not live"},
	} {
		t.Run(name, func(t *testing.T) {
			marked, err := parseMarks(test.marks)
			if err != nil {
				t.Fatal(err)
			}
			reader := append(list(nil), records...)
			got, err := labelled(marked, &reader)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error %v, want one with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := (&schema.Label{Incidents: got}).AppendJSON(nil); string(text) != `{"incidents":`+test.want+`}` {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestMarksRefused(t *testing.T) {
	for marks, want := range map[string]string{
		"hello\n":                              "line 1:",
		"1700000003 begin cpu_spin 1\n":        "no time",
		"1700000003.5 begin cpu_spin 1\n":      "no time",
		"1700000003.000000 begin cpu_spin\n":   "no mark",
		"1700000003.000000 begin cpu_spin x\n": "invalid syntax",
		"1700000003.000000 end cpu_spin\n":     "has not begun",
		"1700000003.000000 begin a 1\n\n":      "line 2:",
		"1700000003.000000 begin a 1\n1700000004.000000 end a\n1700000005.000000 end a\n": "line 3: a ends",
	} {
		if _, err := parseMarks(marks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", marks, err, want)
		}
	}
}
