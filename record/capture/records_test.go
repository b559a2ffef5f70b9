package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// start is the time of the first record of every capture made here.
const start = schema.Time(1795379400_123456789)

func metaRecord() *schema.Record {
	r := &schema.Record{Type: schema.TypeMeta, Time: start}
	r.Meta.Format.Set(schema.Format)
	r.FormatVersion.Set(schema.FormatVersion)
	r.ToolVersion.Set("1.0.0")
	r.Host.Set("db-7")
	r.BootID.Set("5e3f8a52-41a5-4c36-9c34-5ad7f6a5a6b1")
	r.CPUs.Set(2)
	r.WallOffsetNs.Set(1795370000_000000001)
	r.Probes.Set(`[{"name":"on_fork","attached":true}]`)
	r.Command.Set([]string{"linnix", "record", "-d", "10s"})
	return r
}

func endRecord(seq int64) *schema.Record {
	r := &schema.Record{Type: schema.TypeEnd, Time: start + schema.Time(seq)*1000, Seq: seq}
	r.StopReason.Set("duration")
	r.Counts.Set(`{"fork":{"attempted":1,"written":1,"filtered":0,"lost":0}}`)
	return r
}

// storm makes the records of n events of a process storm: fork, exec, exit in turn,
// between a meta and an end record.
func storm(n int) []schema.Record {
	rng := rand.New(rand.NewPCG(1, 2))
	records := []schema.Record{*metaRecord()}
	now := start
	for seq := 1; seq <= n; seq++ {
		now += schema.Time(20_000 + rng.IntN(100_000))
		records = append(records, stormEvent(rng, int64(seq), now))
	}
	return append(records, *endRecord(int64(n + 1)))
}

func stormEvent(rng *rand.Rand, seq int64, now schema.Time) schema.Record {
	r := schema.Record{Time: now, Seq: seq}
	r.PID.Set(2000 + seq/3)
	r.PPID.Set(1999)
	r.StartTime.Set(now - schema.Time(rng.IntN(500_000)))
	r.Comm.Set("sh")
	r.UID.Set(1000)
	r.GID.Set(1000)
	r.Process.Cgroup.Set("/user.slice/user-1000.slice/session-3.scope")
	r.CgroupID.Set(4242)
	r.CgroupHierarchy.Set(0)
	r.PIDNS.Set(4026531836)
	switch seq % 3 {
	case 0:
		r.Type = schema.TypeFork
		r.ParentStartTime.Set(start - 5_000_000_123)
	case 1:
		r.Type = schema.TypeExec
		r.Filename.Set("/usr/bin/true")
		r.Exe.Set("/usr/bin/true")
		r.Argv.Set([]string{"true", "--job", fmt.Sprint(seq % 50)})
		r.ArgvBytes.Set(14)
		r.ArgvTruncated.Set(false)
	default:
		r.Type = schema.TypeExit
		r.ExitCode.Set(0)
		r.Event.Signal.Set(0)
		r.CoreDumped.Set(false)
		r.CPUNs.Set(int64(400_000 + rng.IntN(200_000)))
		r.UtimeNs.Set(0)
		r.StimeNs.Set(0)
		r.MaxRSSBytes.Set(int64(1<<20 + rng.IntN(64)*4096))
		r.MinFaults.Set(int64(60 + rng.IntN(20)))
		r.MajFaults.Set(0)
		r.ReadBytes.Set(0)
		r.WriteBytes.Set(0)
		r.VoluntarySwitches.Set(int64(rng.IntN(3)))
		r.InvoluntarySwitches.Set(int64(rng.IntN(3)))
	}
	return r
}

// Values that have gone wrong somewhere before, for random records.
var (
	oddInts   = [...]int64{0, 1, -1, 42, math.MaxInt64, math.MinInt64, 1 << 53, -(1 << 53) - 1}
	oddFloats = [...]float64{0, math.Copysign(0, -1), 1.5, -0.1, 1e300, 5e-324, math.MaxFloat64, 0.30000000000000004}
	oddTexts  = [...]string{"", "a", "grün", "\x00\x1f\"\\/", "\xff", "a\xc3b\xe2\x82c", "\u2028\u2029", "<&>", strings.Repeat("x", 300), "\ufffd"}
	// Between the years 1678 and 2262, which is what the text form can hold.
	oddTimes = [...]schema.Time{0, 1, -1, -999, -1000, -1001, 999, 1000, start, -9214560000000000000, 9214646399999999999}
	oddLists = [...][]string{{}, {""}, {"", ""}, {"a"}, {"\xff", "b"}, {"-c", "x y", "\xc3"}, {"\ufffd"}}
	oddJSON  = [...]schema.JSON{`{}`, `[]`, `"x"`, `[{"name":"a\u0000","attached":false}]`, `1e5`, `{"ä":[1,2,{"b":null}]}`}
	oddExtra = [...]string{`{"new":1}`, `{"new":{"a":[]},"newer":"\u0001","ключ":null}`, `{"":""}`}
)

// randomRecord fills each field of the table with probability p, whatever the type.
func randomRecord(rng *rand.Rand, seq int64, p float64) *schema.Record {
	types := append(schema.Types[1:len(schema.Types)-1:len(schema.Types)-1], "lightning", "")
	r := &schema.Record{Type: pickOne(rng, types), Time: pickOne(rng, oddTimes[:]), Seq: seq}
	if r.Type == "" {
		r.Type = "fork2"
	}
	fields := schema.Fields()
	for i := range fields {
		f := &fields[i]
		if rng.Float64() < p || f.Required {
			fillField(rng, f, r)
		}
	}
	if rng.Float64() < p {
		r.Extra = []byte(pickOne(rng, oddExtra[:]))
	}
	return r
}

func fillField(rng *rand.Rand, f *schema.Field, r *schema.Record) {
	switch f.Kind {
	case schema.Int:
		f.Int(r).Set(pickOne(rng, oddInts[:]))
	case schema.Float:
		f.Float(r).Set(pickOne(rng, oddFloats[:]))
	case schema.Bool:
		f.Bool(r).Set(rng.IntN(2) == 0)
	case schema.String:
		f.Text(r).Set(pickOne(rng, oddTexts[:]))
	case schema.Strings:
		f.List(r).Set(pickOne(rng, oddLists[:]))
	case schema.Instant:
		f.Time(r).Set(pickOne(rng, oddTimes[:]))
	default:
		f.Nested(r).Set(pickOne(rng, oddJSON[:]))
	}
}

func pickOne[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// randomCapture makes a capture of n random records between meta and end.
func randomCapture(seed uint64, n int, p float64) []schema.Record {
	rng := rand.New(rand.NewPCG(seed, 7))
	records := []schema.Record{*metaRecord()}
	for i := range n {
		records = append(records, *randomRecord(rng, int64(i+1), p))
	}
	return append(records, *endRecord(int64(n + 1)))
}

// encode writes records in a format.
func encode(t testing.TB, f capture.Format, records []schema.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if err := w.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lines encodes records as JSONL with the codec of package schema alone.
func lines(records []schema.Record) []byte {
	var out []byte
	for i := range records {
		out = append(schema.AppendJSON(out, &records[i]), '\n')
	}
	return out
}

// decode reads all of data and returns its records as JSONL lines.
func decode(data []byte) ([]byte, capture.Status, error) {
	src, err := capture.NewReader(bytes.NewReader(data), "x")
	if err != nil {
		return nil, capture.Status{}, err
	}
	defer src.Close()
	var out []byte
	for {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			return out, src.Status(), nil
		}
		if err != nil {
			return out, src.Status(), err
		}
		out = append(schema.AppendJSON(out, r), '\n')
	}
}

// formats lists all formats.
var formats = [...]capture.Format{capture.JSONL, capture.JSONLGzip, capture.JSONLZstd, capture.Parquet}
