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
