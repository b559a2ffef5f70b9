package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Values for random records that have gone wrong somewhere before.
var (
	oddInts   = []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1<<53 + 1}
	oddFloats = []float64{0, math.Copysign(0, -1), 0.1, -1.5, 5e-324, math.MaxFloat64, 1e21}
	oddTexts  = []string{"", "a", "grün", "\x00\x1f\"\\/", "\xff", "a\xc3b", "\u2028<&>", "\ufffd"}
	oddLists  = [][]string{{}, {""}, {"a", ""}, {"\xff", "b"}, {"\ufffd"}}
	oddTimes  = []Time{0, -1, 999, 1795379400123456789, -9214560000000000000, 9214646399999999999}
	oddNested = []JSON{`{}`, `[]`, `"x"`, `{"a":[1,{"b":null}]}`}
)

// formatFixed has values for the fields whose values the schema fixes.
var formatFixed = map[string]func(r *Record){
	"format":         func(r *Record) { r.Meta.Format.Set(Format) },
	"format_version": func(r *Record) { r.FormatVersion.Set(FormatVersion) },
	"probes":         func(r *Record) { r.Probes.Set(`[{"name":"on_fork","attached":false,"detail":"x"}]`) },
	"counts":         func(r *Record) { r.Counts.Set(`{"fork":{"attempted":2,"written":1,"filtered":0,"lost":1}}`) },
}

// randomRecord has each field of the table with probability p, and those required.
func randomRecord(rng *rand.Rand, p float64) *Record {
	r := &Record{Type: pick(rng, append(Types[:], "quake")), Time: pick(rng, oddTimes), Seq: rng.Int64N(1000)}
	for i := range fieldTable {
		f := &fieldTable[i]
		if rng.Float64() >= p && !f.Required {
			continue
		}
		if fix, ok := formatFixed[f.Name]; ok {
			fix(r)
			continue
		}
		fillRandom(rng, f, r)
	}
	if rng.Float64() < p {
		r.Extra = []byte(`{"new":{"a":1},"":null}`)
	}
	return r
}

func fillRandom(rng *rand.Rand, f *Field, r *Record) {
	switch f.Kind {
	case Int:
		f.Int(r).Set(pick(rng, oddInts))
	case Float:
		f.Float(r).Set(pick(rng, oddFloats))
	case Bool:
		f.Bool(r).Set(rng.IntN(2) == 0)
	case String:
		f.Text(r).Set(pick(rng, oddTexts))
	case Strings:
		f.List(r).Set(pick(rng, oddLists))
	case Instant:
		f.Time(r).Set(pick(rng, oddTimes))
	default:
		f.Nested(r).Set(pick(rng, oddNested))
	}
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func TestCodecRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	var got Record // reused: nothing of the last record may stay
	for i := range 500 {
		want := randomRecord(rng, float64(i%5)/4)
		line := AppendJSON(nil, want)
		if !json.Valid(line) {
			t.Fatalf("no JSON: %s", line)
		}
		if err := d.Decode(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Fatalf("%s\nof %s", diff, line)
		}
	}
}

// TestAppendJSON fixes the text: the order of members and what is left out.
func TestAppendJSON(t *testing.T) {
	r := &Record{Type: TypeExec, Time: 1795379400000000001, Seq: 3, Extra: []byte(`{"z":1}`)}
	r.PID.Set(7)
	r.Comm.Set("s\xff")
	r.Argv.Set([]string{"", "\xff"})
	r.Load1.Set(math.NaN())
	r.Load5.Set(math.Inf(1))
	r.Load15.Set(0.25)
	r.Counts.Set("null")
	r.Filters.Set("")
	const want = `{"type":"exec","time":"2026-11-22T20:30:00.000000001Z","seq":3,"pid":7,` +
		`"comm":"s�","comm_b64":"c/8=","argv":["","�"],"argv_b64":["","/w=="],"load15":0.25,"z":1}`
	if got := string(AppendJSON(nil, r)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The common members of a record of an unknown type, and of a known one.
const (
	commonMembers = `"type":"x","time":"2026-11-22T20:30:00Z","seq":1`
	systemMembers = `"type":"system","time":"2026-11-22T20:30:00Z","seq":1`
)

func TestDecodeAccepts(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"spaces", ` { ` + commonMembers + ` , "pid" : 7 } ` + "\r", `"pid":7`},
		{"null is absent", `{` + commonMembers + `,"pid":null,"comm":null}`, ``},
		{"any order", `{"pid":7,` + commonMembers + `}`, `"pid":7`},
		{"exact bytes first", `{"comm_b64":"/w==",` + commonMembers + `,"comm":"?"}`, `"comm":"�","comm_b64":"/w=="`},
		{"escapes", `{` + commonMembers + `,"comm":"\u0041\ud83d\ude00"}`, `"comm":"A😀"`},
		{"unknown kept in order", `{"b": [1, 2],` + commonMembers + `,"a":{"x" : null}}`, `"b":[1,2],"a":{"x":null}`},
		{"whole float", `{` + commonMembers + `,"ppid":1.0,"uid":1e3,"gid":-0.0}`, `"ppid":1,"uid":1000,"gid":0`},
		{"unknown phase and state", `{` + commonMembers + `,"phase":"weird","state":"sleeping"}`, `"phase":"weird","state":"sleeping"`},
		{"unknown type, other kinds", `{"signal":"SIGKILL",` + commonMembers + `,"pid":7,"load1":"high","cpus":1.5,"argv":["a",1],"from":"now"}`,
			`"pid":7,"signal":"SIGKILL","load1":"high","cpus":1.5,"argv":["a",1],"from":"now"`},
		{"unknown type, exact bytes of another kind", `{` + commonMembers + `,"comm_b64":"/w==","comm":5}`, `"comm_b64":"/w==","comm":5`},
		{"unknown type, text beside", `{` + commonMembers + `,"comm":"a","comm_b64":7}`, `"comm":"a","comm_b64":7`},
		{"large number in unknown", `{` + commonMembers + `,"n":1e9999999}`, `"n":1e9999999`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var r Record
			if err := new(Decoder).Decode([]byte(c.in), &r); err != nil {
				t.Fatal(err)
			}
			want := `{"type":"x","time":"2026-11-22T20:30:00.000000000Z","seq":1`
			if c.want != "" {
				want += "," + c.want
			}
			if got := string(AppendJSON(nil, &r)); got != want+"}" {
				t.Errorf("got  %s\nwant %s}", got, want)
			}
		})
	}
}

func TestDecodeRejects(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"nothing", ``, "column 1: unexpected end of the record"},
		{"cut", `{` + commonMembers, "unexpected end of the record"},
		{"no object", `[1]`, "column 1: want a JSON object"},
		{"two values", `{` + commonMembers + `}{}`, "more than one JSON value"},
		{"no type", `{"time":"2026-11-22T20:30:00Z","seq":1}`, "lacks type"},
		{"required", `{"type":"exit","time":"2026-11-22T20:30:00Z","seq":1}`, "exit record lacks pid, start_time"},
		{"duplicate", `{` + commonMembers + `,"pid":1,"pid":2}`, "duplicate"},
		{"not UTF-8", `{` + commonMembers + ",\"comm\":\"\xff\"}", "UTF-8"},
		{"fraction", `{` + systemMembers + `,"pid":1.5}`, "pid: want an integer"},
		{"small fraction", `{` + systemMembers + `,"pid":4503599627370497.5}`, "pid: want an integer"},
		{"large float", `{` + systemMembers + `,"pid":1e16}`, "pid: want an integer"},
		{"too large", `{` + systemMembers + `,"pid":9223372036854775808}`, "pid: want an integer of at most 64 bits"},
		{"wrong kind", `{` + systemMembers + `,"comm":7}`, "comm: want a string, found 7"},
		{"wrong kind before the type", `{"comm":7,` + systemMembers + `}`, "comm: want a string, found 7"},
		{"list of numbers", `{` + systemMembers + `,"argv":["a",1]}`, "argv: want an array of strings"},
		{"infinite", `{` + systemMembers + `,"load1":1e999}`, "load1: number out of range"},
		{"base64", `{` + systemMembers + `,"comm_b64":"?"}`, "comm_b64: illegal base64"},
		{"time zone", `{` + systemMembers + `,"start_time":"2026-11-22T20:30:00+01:00"}`, "is no time in UTC"},
		{"time out of range", `{` + systemMembers + `,"start_time":"1677-11-22T20:30:00Z"}`, "is no time in UTC"},
		{"time with a comma", `{` + systemMembers + `,"start_time":"2026-11-22T20:30:00,5Z"}`, "is no time in UTC"},
		{"empty type", `{"type":"","time":"2026-11-22T20:30:00Z","seq":1}`, "empty type"},
		{"negative seq", `{"type":"x","time":"2026-11-22T20:30:00Z","seq":-1}`, "seq: want 0 or more"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := new(Decoder).Decode([]byte(c.in), new(Record))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if syntax.Offset < 0 || syntax.Offset > int64(len(c.in)) {
				t.Errorf("offset %d of %d", syntax.Offset, len(c.in))
			}
		})
	}
}

func TestTimeText(t *testing.T) {
	for text, want := range map[string]Time{
		"1970-01-01T00:00:00.000000000Z": 0,
		"1969-12-31T23:59:59.999999999Z": -1,
		"2026-11-22T20:30:00.123456789Z": 1795379400123456789,
		"1678-01-01T00:00:00.000000000Z": -9214560000000000000,
		"2261-12-31T23:59:59.999999999Z": 9214646399999999999,
	} {
		got, err := ParseTime(text)
		if err != nil || got != want || want.String() != text {
			t.Errorf("%s: got %d, %v; %d prints %s", text, got, err, want, want)
		}
	}
	for _, text := range []string{"", "Z", "2026-11-22", "2026-11-22T20:30:00", "2026-11-22T20:30:00.1234567890Z", "2026-11-22T20:30:00,5Z", "2026-13-01T00:00:00Z", "2262-01-01T00:00:00Z"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// FuzzDecode holds that whatever is decoded is encoded so that it decodes to the same.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 20 {
		f.Add(AppendJSON(nil, randomRecord(rng, float64(i%4)/3)))
	}
	f.Add([]byte(`{` + commonMembers + `,"n":1e9999999,"comm_b64":"/w=="}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var d Decoder
		var r, again Record
		if err := d.Decode(line, &r); err != nil {
			return
		}
		text := AppendJSON(nil, &r)
		if err := d.Decode(text, &again); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if next := AppendJSON(nil, &again); !bytes.Equal(next, text) {
			t.Fatalf("%s became %s", text, next)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-11-22T20:30:00.123456789Z")
	f.Add("1969-12-31T23:59:59Z")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseTime(text)
		if err != nil {
			return
		}
		if again, err := ParseTime(at.String()); err != nil || again != at {
			t.Fatalf("%q: %v became %v, %v", text, at, again, err)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	r := benchRecord(b)
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line = AppendJSON(line[:0], r)
	}
}

func BenchmarkDecode(b *testing.B) {
	line := AppendJSON(nil, benchRecord(b))
	var d Decoder
	var r Record
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(line, &r); err != nil {
			b.Fatal(err)
		}
	}
}

func benchRecord(b *testing.B) *Record {
	const line = `{"type":"exec","time":"2026-11-22T20:30:00.123456789Z","seq":12,"pid":7,"ppid":1,"start_time":"2026-11-22T20:30:00.000000001Z","comm":"sh","uid":0,"gid":0,"cgroup":"/user.slice","cgroup_id":77,"filename":"/bin/sh","exe":"/usr/bin/dash","argv":["sh","-c","true"],"argv_bytes":11,"argv_truncated":false}`
	r := new(Record)
	if err := new(Decoder).Decode([]byte(line), r); err != nil {
		b.Fatal(err)
	}
	return r
}
