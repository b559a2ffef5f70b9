package schema

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// process is what a record about a process begins with.
const process = `{"type":"exit","time":"2026-11-22T20:30:00.123456789Z","seq":7,"pid":1,"start_time":"2026-11-22T20:29:59.000000001Z"`

// TestScan holds what the scanner takes, and what it leaves to the general decoder.
func TestScan(t *testing.T) {
	tests := []struct {
		name, line string
		want       bool
	}{
		{"plain", process + `}`, true},
		{"blank space at the end", process + "} \t\r\n", true},
		{"text", process + `,"comm":"a b"}`, true},
		{"empty text", process + `,"comm":""}`, true},
		{"escapes", process + `,"comm":"\"\\\u00e9\n"}`, true},
		{"UTF-8", process + `,"comm":"grün"}`, true},
		{"list", process + `,"argv":["a","","\\"]}`, true},
		{"empty list", process + `,"argv":[]}`, true},
		{"booleans", process + `,"argv_truncated":true,"core_dumped":false}`, true},
		{"another order", process + `,"comm":"a","ppid":0}`, true},
		{"negative", process + `,"exit_code":-1}`, true},
		{"18 digits", process + `,"cpu_ns":999999999999999999}`, true},

		{"19 digits", process + `,"cpu_ns":1000000000000000000}`, false},
		{"leading zero", process + `,"exit_code":01}`, false},
		{"minus zero", process + `,"exit_code":-0}`, false},
		{"minus alone", process + `,"exit_code":-}`, false},
		{"whole float", process + `,"exit_code":1.0}`, false},
		{"exponent", process + `,"exit_code":1e3}`, false},
		{"float", `{"type":"system","time":"2026-11-22T20:30:00.123456789Z","seq":7,"load1":0.5}`, false},
		{"nested", `{"type":"end","time":"2026-11-22T20:30:00.123456789Z","seq":7,"counts":{}}`, false},
		{"null", process + `,"comm":null}`, false},
		{"twice", process + `,"pid":1}`, false},
		{"type twice", process + `,"type":"exit"}`, false},
		{"exact bytes", process + `,"comm":"\ufffd","comm_b64":"/w=="}`, false},
		{"unknown member", process + `,"new":1}`, false},
		{"unknown type", strings.Replace(process, "exit", "quake", 1) + `}`, false},
		{"required missing", process[:strings.Index(process, `,"start`)] + `}`, false},
		{"fewer digits of a second", strings.Replace(process, "123456789Z", "12345678Z", 1) + `}`, false},
		{"second 60", strings.Replace(process, ":00.1", ":60.1", 1) + `}`, false},
		{"minute 60", strings.Replace(process, "20:30:00", "20:60:00", 1) + `}`, false},
		{"no Z", strings.Replace(process, "789Z", "789z", 1) + `}`, false},
		{"comma in a time", strings.Replace(process, "00.1", "00,1", 1) + `}`, false},
		{"invalid UTF-8", process + ",\"comm\":\"\xff\"}", false},
		{"half of a pair", process + `,"comm":"\ud800"}`, false},
		{"control character", process + ",\"comm\":\"\x1f\"}", false},
		{"text cut at an escape", process + `,"comm":"\`, false},
		{"text cut", process + `,"comm":"a`, false},
		{"list cut", process + `,"argv":["a"`, false},
		{"list of numbers", process + `,"argv":[1]}`, false},
		{"comma before the end", process + `,}`, false},
		{"blank space within", process + ` }`, false},
		{"two values", process + `}{}`, false},
		{"nothing", ``, false},
		{"cut in the head", `{"type":"exit`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newScanner()
			s.scan([]byte(process+`}`), new(Record)) // its minutes are known from here on
			if got := s.scan([]byte(test.line), new(Record)); got != test.want {
				t.Errorf("scanned: %t, want %t: %s", got, test.want, test.line)
			}
			compareScan(t, s, []byte(test.line))
		})
	}
}

// compareScan scans a line twice, the second time with what the first has left in the
// caches, and holds the record against that of the general decoder.
func compareScan(t *testing.T, s *scanner, line []byte) {
	t.Helper()
	for range 2 {
		var scanned, decoded Record
		if !s.scan(line, &scanned) {
			return
		}
		var d Decoder
		if err := d.decode(line, &decoded); err != nil {
			t.Fatalf("the general decoder refuses what was scanned: %v\n%s", err, line)
		}
		if diff := cmp.Diff(decoded, scanned); diff != "" {
			t.Fatalf("scanned another record (-decoded +scanned):\n%s\n%s", diff, line)
		}
	}
}

// TestScanWritten scans what was written of random records, and counts that this is the
// rule for those of a kind that there are many of.
func TestScanWritten(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := newScanner()
	scanned := 0
	for range 2000 {
		line := AppendJSON(nil, randomRecord(rng, 0.02))
		compareScan(t, s, line)
		if s.scan(line, new(Record)) {
			scanned++
		}
	}
	if scanned < 200 {
		t.Errorf("of 2000 records %d were scanned", scanned)
	}
}

// TestTextCache gives texts of every length around its bounds, over and over.
func TestTextCache(t *testing.T) {
	var c textCache
	long := strings.Repeat("abcdefg", maxCachedBytes)
	for range 2 {
		for n := range maxCachedBytes + 2 {
			for _, text := range []string{long[:n], long[1 : n+1], long[n : 2*n]} {
				if got := c.get([]byte(text)); got != text {
					t.Fatalf("got %q, want %q", got, text)
				}
			}
		}
	}
}

// FuzzScan holds the scanner against the general decoder.
func FuzzScan(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		f.Add(AppendJSON(nil, randomRecord(rng, 0.1)))
	}
	f.Add([]byte(process + `,"ppid":0,"comm":"a\\\u00e9","argv":["a",""],"argv_truncated":true}`))
	s := newScanner()
	f.Fuzz(func(t *testing.T, line []byte) { compareScan(t, s, line) })
}
