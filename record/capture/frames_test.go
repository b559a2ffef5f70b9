package capture_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// framedGoldens were written when compressed captures got frames: a recording with busy
// and quiet times, finished and not. Like the older ones they are never regenerated.
const framedGoldens = "testdata/v1_frames"

// framed are the formats that have frames.
var framed = [...]capture.Format{capture.JSONLGzip, capture.JSONLZstd}

// Of a recording: how many records there are from one flush to the next, in quiet times
// and in busy ones. The end record comes after the last flush.
var flushesOfRecording = [...]int{400, 300, 10, 10, 10, 400, 5, 5, 5}

// framedRecords are the records of that recording.
func framedRecords() []schema.Record {
	total := 0
	for _, n := range flushesOfRecording {
		total += n
	}
	records := exits(total)
	return append(records, *endRecord(int64(total)))
}

// recordFrames writes that recording, to its last flush or to its end.
func recordFrames(t *testing.T, f capture.Format, finish bool) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, f)
	if err != nil {
		t.Fatal(err)
	}
	records := framedRecords()
	for _, n := range flushesOfRecording {
		writeAll(t, w, records[:n])
		records = records[n:]
		for range 2 { // the second has nothing to bring
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if finish {
		writeAll(t, w, records)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func framedGolden(t testing.TB, f capture.Format, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(framedGoldens, name+f.Extension()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFramedGoldens(t *testing.T) {
	records := framedRecords()
	for _, f := range framed {
		got, status, err := decodeSummed(capture.NewReader(bytes.NewReader(framedGolden(t, f, "capture")), "x"))
		if err != nil || !status.Complete {
			t.Fatalf("%s: %v, %+v", f, err, status)
		}
		compareLines(t, got, summedLines(records))
		got, status, err = decodeSummed(capture.NewReader(bytes.NewReader(framedGolden(t, f, "unfinished")), "x"))
		if err != nil || status.Complete {
			t.Fatalf("%s: %v, %+v", f, err, status)
		}
		compareLines(t, got, summedLines(records[:len(records)-1]))
	}
}

// TestFrames holds that a frame ends with each flush, but not in quiet times, when its
// lines have sums; and that the same records and flushes give the same bytes.
func TestFrames(t *testing.T) {
	for _, f := range framed {
		data := recordFrames(t, f, true)
		if !bytes.Equal(data, recordFrames(t, f, true)) {
			t.Errorf("%s: other bytes the second time", f)
		}
		var got []string
		for _, text := range framesOf(t, f, data) {
			lines := strings.Count(text, "\n")
			got = append(got, fmt.Sprintf("%d/%d", strings.Count(text, `,"crc":"`), lines))
		}
		// Of the 400 that end the quiet time the first have sums.
		const want = "0/400 0/300 0/10 233/233 0/187 0/5 11/11"
		if strings.Join(got, " ") != want {
			t.Errorf("%s: sums in lines of frames: %s, want %s", f, strings.Join(got, " "), want)
		}
	}
}

// TestFramesBySize holds that frames end by their text alone where there is no flush, and
// that their lines have no sums.
func TestFramesBySize(t *testing.T) {
	records := summed(storm(20_000))
	for _, f := range framed {
		frames := framesOf(t, f, encode(t, f, records))
		for i, text := range frames {
			if len(text) > 1<<20+1<<10 || len(text) < 1<<20 && i < len(frames)-1 || !strings.HasSuffix(text, "\n") {
				t.Errorf("%s: frame %d of %d holds %d bytes", f, i, len(frames), len(text))
			}
		}
		if text := strings.Join(frames, ""); text != string(lines(records)) {
			t.Errorf("%s: other text than the lines without sums", f)
		}
	}
}

// framesOf returns the text of each frame, as other programs read it.
func framesOf(t *testing.T, f capture.Format, data []byte) (texts []string) {
	t.Helper()
	in := bytes.NewReader(data)
	for in.Len() > 0 {
		var text []byte
		var err error
		if f == capture.JSONLGzip {
			var z *gzip.Reader
			if z, err = gzip.NewReader(in); err == nil {
				z.Multistream(false)
				text, err = io.ReadAll(z)
			}
		} else {
			text, err = inflateZstdFrame(in)
		}
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// inflateZstdFrame reads one frame: the shortest beginning that is whole.
func inflateZstdFrame(in *bytes.Reader) ([]byte, error) {
	z, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	rest := make([]byte, in.Len())
	if _, err := io.ReadFull(in, rest); err != nil {
		return nil, err
	}
	magic := rest[:4]
	for end := 4; end < len(rest); {
		next := bytes.Index(rest[end:], magic)
		if next < 0 {
			break
		}
		end += next
		if text, err := z.DecodeAll(rest[:end], nil); err == nil {
			in.Reset(rest[end:])
			return text, nil
		}
		end++
	}
	in.Reset(nil)
	return z.DecodeAll(rest, nil)
}

// TestDamagedFrames flips, cuts, and both, anywhere in a recording with frames, finished
// and not: what is read is the beginning of what was written, record for record.
func TestDamagedFrames(t *testing.T) {
	want := summedLines(framedRecords())
	for _, f := range framed {
		for _, name := range [...]string{"capture", "unfinished"} {
			data := framedGolden(t, f, name)
			var read, wrong int
			try := func(what string, at int, damaged []byte) {
				got, status, err := decodeSummed(capture.NewReader(bytes.NewReader(damaged), "x"))
				checkDamaged(t, name+" "+f.String(), what, at, got, want, status, err)
				if len(got) > 0 {
					read++
				}
				var corrupt *capture.CorruptError
				if errors.As(err, &corrupt) {
					wrong++
				}
			}
			damage(data, 23, try)
			rng := rand.New(rand.NewPCG(3, 4))
			for range 300 {
				damaged := bytes.Clone(data[:1+rng.IntN(len(data))])
				at := rng.IntN(len(damaged))
				damaged[at] ^= 1 << rng.IntN(8)
				try("flip and cut", at, damaged)
			}
			if read == 0 || wrong == 0 {
				t.Errorf("%s %s: something was read %d times, damage was found %d times", name, f, read, wrong)
			}
		}
	}
}

// TestDamagedFrame holds that the records of a damaged frame are left out, all of them,
// and those before it are there; and that the message says where the frame is.
func TestDamagedFrame(t *testing.T) {
	records := framedRecords()
	first, second := flushesOfRecording[0], flushesOfRecording[1]
	for _, f := range framed {
		data := recordFrames(t, f, true)
		one := encode(t, f, records[:first])
		two := encode(t, f, records[first:first+second])
		if !bytes.HasPrefix(data, append(bytes.Clone(one), two...)) {
			t.Fatalf("%s: the first two frames are others", f)
		}
		at := len(one) + len(two) - 1 // the checksum
		data[at] ^= 1
		got, _, err := decodeSummed(capture.NewReader(bytes.NewReader(data), "x"))
		compareLines(t, got, summedLines(records[:first]))
		var corrupt *capture.CorruptError
		if !errors.As(err, &corrupt) || corrupt.Offset != int64(len(one)) || corrupt.Inflated || corrupt.Records != int64(first) {
			t.Errorf("%s: %v, want damage at %d after %d records", f, err, len(one), first)
		}
		// Cut in its header, a block or the checksum, it cannot be checked.
		for _, end := range [...]int{len(one) + 3, len(one) + 20, at} {
			got, status, err := decodeSummed(capture.NewReader(bytes.NewReader(data[:end]), "x"))
			if err != nil || status.Reason != "the last compressed block is cut" {
				t.Errorf("%s: cut at %d: %v, %+v", f, end, err, status)
			}
			compareLines(t, got, summedLines(records[:first]))
		}
	}
}

// TestForeignFrames reads compressed text of other programs: in one long frame, in frames
// that end anywhere, without a checksum, with other frames between.
func TestForeignFrames(t *testing.T) {
	long := summed(storm(40_000)) // of more text than a reader holds
	short := summed(storm(40))
	withSums, without := summedLines(long), lines(long)
	middle := len(withSums) / 2
	half := bytes.Clone(withSums)
	half[middle] ^= 1
	cases := []struct {
		name   string
		data   []byte
		want   []byte
		broken bool
	}{
		{name: "long gzip with sums", data: zip(t, withSums), want: withSums},
		{name: "long gzip with sums, damaged before", data: zip(t, half), want: withSums, broken: true},
		{name: "long gzip without sums", data: zip(t, without), want: withSums},
		{name: "long zstd with sums", data: zstdFrame(t, withSums), want: withSums},
		{name: "long zstd with sums, damaged before", data: zstdFrame(t, half), want: withSums, broken: true},
		{name: "long zstd without sums", data: zstdFrame(t, without), want: withSums},
		{name: "gzip members that end anywhere", data: append(zip(t, withSums[:middle]), zip(t, withSums[middle:])...), want: withSums},
		{name: "zstd frames that end anywhere", data: append(zstdFrame(t, without[:middle]), zstdFrame(t, without[middle:])...), want: withSums},
		{name: "zstd without a checksum", data: zstdFrame(t, lines(short), zstd.WithEncoderCRC(false)), want: summedLines(short)},
		{name: "zstd without a checksum, with sums", data: zstdFrame(t, summedLines(short), zstd.WithEncoderCRC(false)), want: summedLines(short)},
		{name: "other frames", data: bytes.Join([][]byte{zstdFrame(t, lines(short[:20])), []byte("\x53\x2a\x4d\x18\x03\x00\x00\x00abc"), zstdFrame(t, lines(short[20:]))}, nil), want: summedLines(short)},
	}
	for _, c := range cases {
		got, status, err := decodeSummed(capture.NewReader(bytes.NewReader(c.data), "x"))
		var corrupt *capture.CorruptError
		if c.broken {
			if !errors.As(err, &corrupt) || len(got) == 0 || !bytes.HasPrefix(c.want, got) {
				t.Errorf("%s: %v after %d bytes", c.name, err, len(got))
			}
			continue
		}
		if err != nil || !status.Complete || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, %+v", c.name, err, status)
		}
	}
}

func zip(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstdFrame(t *testing.T, text []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(text, nil)
}
