package capture_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
)

// TestLineSums reads lines with sums and without, as they come from recorders, editors
// and other hands.
func TestLineSums(t *testing.T) {
	all := strings.SplitAfter(string(summedLines(summed(storm(1)))), "\n")
	meta, exec, end := all[0], all[1], all[2]
	bare := func(line string) string { return line[:len(line)-len(`,"crc":"01234567"}`+"\n")] + "}\n" }
	wrong := strings.Replace(exec, `"comm":"sh"`, `"comm":"su"`, 1)
	unknown := strings.Replace(bare(exec), `}`+"\n", `,"mood":1}`+"\n", 1)
	foreign := metaLine[:len(metaLine)-2] + `,"crc":"01234567"}` + "\n"
	cases := []struct {
		name, text string
		records    int64
		err        string
	}{
		{name: "all summed", text: meta + exec + end, records: 3},
		{name: "CRLF", text: strings.ReplaceAll(meta+exec+end, "\n", "\r\n"), records: 3},
		{name: "flipped", text: meta + wrong + end, records: 1, err: "x:2:1: corrupt capture at byte 365: the checksum is wrong: the line is damaged; if it was edited, take its crc out with: jq -c 'del(.crc)'; to save"},
		{name: "edited", text: meta + bare(wrong) + end, records: 3},
		{name: "edited meta", text: bare(meta) + exec + end, records: 3},
		{name: "edited with an unknown member", text: meta + unknown + end, records: 1, err: "x:2:1: corrupt capture at byte 365: the checksum is missing"},
		{name: "flipped meta", text: strings.Replace(meta, "checksum", "checksun", 1) + exec + end, err: "x:1:1: corrupt capture at byte 0: the checksum is wrong"},
		{name: "another sum in upper case", text: meta + strings.ToUpper(exec[:0]) + strings.Replace(exec, `"crc":"`, `"crc":"A`, 1) + end, records: 1, err: "the checksum is missing"},
		{name: "last line cut", text: meta + exec + end[:len(end)-4], records: 2},
		{name: "not asked for", text: bare(metaLine[:len(metaLine)-2]+`,"crc":"01234567"}`+"\n") + exec, records: 2},
		{name: "meta of other hands", text: foreign, err: "the checksum is wrong"},
	}
	for _, c := range cases {
		_, status, err := decode([]byte(c.text))
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if status.Records != c.records {
			t.Errorf("%s: %d records, want %d", c.name, status.Records, c.records)
		}
	}
	// What was not asked for is a member like any other, and stays.
	text := metaLine + exec
	if got, _, err := decode([]byte(text)); err != nil || string(got) != text {
		t.Errorf("%v:\n%s", err, got)
	}
	// Nobody edits compressed text, but damage to it can drop whole words.
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(meta + bare(exec) + end)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	var corrupt *capture.CorruptError
	if _, _, err := decode(zipped.Bytes()); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "the checksum is missing") {
		t.Errorf("compressed without a sum: %v", err)
	}
}
