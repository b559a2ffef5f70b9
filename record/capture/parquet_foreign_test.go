package capture_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/linnix-os/linnix/record/capture"
)

// foreignRow is a row of a capture as some other program may write it: fewer
// columns, other encodings and integers, one column more, no checksums.
type foreignRow struct {
	Type          string   `parquet:"type"`
	Time          int64    `parquet:"time,timestamp(microsecond)"`
	Seq           int64    `parquet:"seq,dict"`
	Format        *string  `parquet:"format,optional,dict"`
	FormatVersion *int32   `parquet:"format_version,optional"`
	PID           *int64   `parquet:"pid,optional,dict"`
	StartTime     *int64   `parquet:"start_time,optional,timestamp(microsecond)"`
	CoreDumped    *bool    `parquet:"core_dumped,optional"`
	Load1         *float64 `parquet:"load1,optional,dict"`
	Argv          []string `parquet:"argv,list"`
	New           *float64 `parquet:"new,optional"`
}

func foreignCapture(t testing.TB) []byte {
	t.Helper()
	name, version := "linnix-capture", int32(1)
	pid, at, half, yes := int64(7), int64(1_795_379_401_000_000), 0.5, true
	rows := []foreignRow{
		{Type: "meta", Time: at, Seq: 0, Format: &name, FormatVersion: &version},
		{Type: "exec", Time: at, Seq: 1, PID: &pid, StartTime: &at, CoreDumped: &yes, Load1: &half, Argv: []string{"a", ""}, New: &half},
		{Type: "end", Time: at, Seq: 2},
	}
	return writeForeign(t, rows)
}

func writeForeign[T any](t testing.TB, rows []T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestForeignParquet(t *testing.T) {
	got, status, err := decode(foreignCapture(t))
	if err != nil || !status.Complete || status.UnknownFields != 1 {
		t.Fatalf("%v, %+v", err, status)
	}
	const want = `{"type":"exec","time":"2026-11-22T20:30:01.000000000Z","seq":1,"pid":7,"start_time":"2026-11-22T20:30:01.000000000Z","argv":["a",""],"core_dumped":true,"load1":0.5,"new":0.5}`
	if !bytes.Contains(got, []byte(want)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNoCaptureParquet(t *testing.T) {
	type nested struct {
		Type string `parquet:"type"`
		Time int64  `parquet:"time,timestamp(millisecond)"`
		Seq  int64  `parquet:"seq"`
	}
	for name, data := range map[string][]byte{
		"other table":  writeForeign(t, []struct{ A int }{{1}}),
		"milliseconds": writeForeign(t, []nested{{Type: "meta"}}),
		"no rows":      writeForeign(t, []foreignRow{}),
	} {
		if _, _, err := decode(data); !errors.Is(err, capture.ErrForeign) && !errors.Is(err, capture.ErrEmpty) {
			t.Errorf("%s: %v, want ErrForeign or ErrEmpty", name, err)
		}
	}
}

// TestColumnOrder holds that the order of the columns does not change a record:
// nanoseconds before their time, exact bytes before their text.
func TestColumnOrder(t *testing.T) {
	type row struct {
		CommB64   *string `parquet:"comm_b64,optional"`
		Comm      *string `parquet:"comm,optional"`
		StartSub  *int32  `parquet:"start_time_sub_ns,optional"`
		Start     *int64  `parquet:"start_time,optional,timestamp(microsecond)"`
		PID       *int64  `parquet:"pid,optional"`
		TimeSubNs int32   `parquet:"time_sub_ns"`
		Time      int64   `parquet:"time,timestamp(microsecond)"`
		Seq       int64   `parquet:"seq"`
		Type      string  `parquet:"type"`
	}
	exact, readable, sub, at, pid := "Yf8=", "a\ufffd", int32(7), int64(1_795_379_401_000_000), int64(7)
	got, _, err := decode(writeForeign(t, []row{
		{Type: "meta", Time: at, TimeSubNs: 9},
		{Type: "oom", Time: at, TimeSubNs: 789, Seq: 1, PID: &pid, Start: &at, StartSub: &sub, Comm: &readable, CommB64: &exact},
	}))
	const want = `{"type":"oom","time":"2026-11-22T20:30:01.000000789Z","seq":1,"pid":7,"start_time":"2026-11-22T20:30:01.000000007Z","comm":"a` + "\ufffd" + `","comm_b64":"Yf8="}`
	if err != nil || !bytes.Contains(got, []byte(want)) {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
}

// TestExtraColumn holds that whatever stands in the column extra becomes JSONL that
// can be read again, or is an error.
func TestExtraColumn(t *testing.T) {
	type row struct {
		Type  string  `parquet:"type"`
		Time  int64   `parquet:"time,timestamp(microsecond)"`
		Seq   int64   `parquet:"seq"`
		PID   *int64  `parquet:"pid,optional"`
		Extra *string `parquet:"extra,optional"`
		Zed   *int64  `parquet:"zed,optional"`
	}
	one := int64(1)
	cases := []struct {
		extra   string
		pid     *int64
		zed     *int64
		members string // of the line; empty for an error
	}{
		{extra: `{}`, members: `"seq":1}`},
		{extra: `{"a": [1, 2]}`, members: `"seq":1,"a":[1,2]}`},
		{extra: `{"a":1}`, zed: &one, members: `"seq":1,"a":1,"zed":1}`},
		{extra: `{"pid":5}`, members: `"seq":1,"pid":5}`},
		{extra: `{"pid":5}`, pid: &one},
		{extra: `{"pid":"x"}`},
		{extra: `{"zed":1}`, zed: &one},
		{extra: `{"a":1,"a":2}`},
		{extra: `{"seq":1}`},
		{extra: `[]`},
		{extra: `{`},
	}
	for _, c := range cases {
		got, _, err := decode(writeForeign(t, []row{
			{Type: "meta"},
			{Type: "system", Seq: 1, PID: c.pid, Extra: &c.extra, Zed: c.zed},
			{Type: "system", Seq: 2},
		}))
		if (err == nil) != (c.members != "") || !bytes.Contains(got, []byte(c.members)) {
			t.Errorf("%s: %v, got\n%s\nwant %s", c.extra, err, got, c.members)
		}
		if again, _, err := decode(got); len(got) > 0 && (err != nil || !bytes.Equal(again, got)) {
			t.Errorf("%s: %v, got\n%s\nand again\n%s", c.extra, err, got, again)
		}
	}
}

// TestExtraLeavesNothing holds that what extra sets does not stay for a later record.
func TestExtraLeavesNothing(t *testing.T) {
	type row struct {
		Type  string  `parquet:"type"`
		Time  int64   `parquet:"time,timestamp(microsecond)"`
		Seq   int64   `parquet:"seq"`
		Extra *string `parquet:"extra,optional"`
	}
	extra := `{"pid":5}`
	rows := []row{{Type: "meta"}}
	for seq := range int64(600) {
		rows = append(rows, row{Type: "system", Seq: seq})
	}
	rows[1].Extra = &extra
	got, _, err := decode(writeForeign(t, rows))
	if err != nil || bytes.Count(got, []byte(`"pid":5`)) != 1 {
		t.Errorf("%v, pid in %d records, want 1", err, bytes.Count(got, []byte(`"pid":5`)))
	}
}

// TestNullsContradict lets a page claim more nulls than its levels have, and so fewer
// values: what lies in memory behind them is none.
func TestNullsContradict(t *testing.T) {
	type row struct {
		Type      string `parquet:"type"`
		Time      int64  `parquet:"time,timestamp(microsecond)"`
		Seq       int64  `parquet:"seq"`
		PID       *int64 `parquet:"pid,optional,plain"`
		StartTime *int64 `parquet:"start_time,optional,timestamp(microsecond)"`
	}
	at, pid := int64(1_795_379_401_000_000), int64(7)
	rows := []row{{Type: "meta", Time: at}}
	for seq := range int64(17) {
		rows = append(rows, row{Type: "exec", Time: at, Seq: seq + 1, PID: &pid, StartTime: &at})
	}
	data := writeForeign(t, append(rows, row{Type: "end", Time: at, Seq: 18}))
	// Fields 1 to 3 of the header of the page: values, nulls and rows, each a zigzag number.
	const header, claim = "\x15\x26\x15\x04\x15\x26", "\x15\x26\x15\x0c\x15\x26"
	if n := bytes.Count(data, []byte(header)); n != 2 {
		t.Fatalf("%d pages of 19 values and 2 nulls, want 2", n)
	}
	var corrupt *capture.CorruptError
	_, status, err := decode(bytes.Replace(data, []byte(header), []byte(claim), 1))
	if !errors.As(err, &corrupt) || status.Records != 0 {
		t.Errorf("%v, %+v", err, status)
	}
}
