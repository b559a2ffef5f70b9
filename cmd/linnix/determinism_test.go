package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

var (
	runs = flag.Int("runs", 24, "how many varied runs TestOneDigest makes of each capture")
	seed = flag.Uint64("seed", 1, "what TestOneDigest draws its runs from")
)

// TestOneDigest replays captures in ways that must not matter – the machine's threads,
// memory, time zone, language and names, the capture's format, its parts and how it
// arrives – and compares every byte of alerts, snapshots and digest.
func TestOneDigest(t *testing.T) {
	for _, c := range determinismCases(t) {
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(*seed, uint64(len(c.name))))
			dir := t.TempDir()
			want := c.run(t, variation{words: []string{c.write(t, dir, "whole.jsonl", c.records)}})
			if want.alerts == "" || want.snapshots == "" || !strings.Contains(want.stdout, "\ndigest ") {
				t.Fatalf("nothing to compare: %+v", want)
			}
			for i := range *runs {
				v := c.vary(t, rnd, filepath.Join(dir, fmt.Sprint(i)))
				got := c.run(t, v)
				if v.split {
					// More captures have more meta records, which one line counts.
					got.stdout = countsLine.ReplaceAllString(got.stdout, countsLine.FindString(want.stdout))
				}
				if got != want {
					t.Fatalf("run %d of seed %d differs: %s\n%s", i, *seed, v, got.firstDifference(want))
				}
				if err := os.RemoveAll(filepath.Join(dir, fmt.Sprint(i))); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// countsLine is the line of the text that counts records.
var countsLine = regexp.MustCompile(`(?m)^\d+ records .*$`)

// determinismCase is a capture that is replayed again and again.
type determinismCase struct {
	name    string
	records []schema.Record
	// apart says that no two records share a time, and that none is out of order, so
	// that any of them may lie in any of several captures.
	apart bool
	rules string // a file; without one the default rules
}

// determinismCaptures are recorded captures in which many rules fire: the others would say
// the same again.
var determinismCaptures = [...]string{"compile", "fork_storm", "overlap_storm_io", "oom_risk_kill_1"}

func determinismCases(t *testing.T) []determinismCase {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte(eachDetector), 0o600); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(*seed, 1))
	cases := []determinismCase{{"workload", replaytest.Workload(rnd, 40*time.Second).Records, true, rules}}
	for _, name := range determinismCaptures {
		folder := filepath.Join(filepath.Dir(captureFolders), name)
		cases = append(cases, determinismCase{name, readAll(t, captureIn(t, folder)), false, rules})
	}
	return cases
}

// variation is one way to replay a capture.
type variation struct {
	words []string // the captures
	env   []string
	dir   string
	stdin string // the file that comes through standard input
	chunk int    // of what comes through it
	split bool
}

func (v variation) String() string {
	return fmt.Sprintf("%s %s in %s, standard input in pieces of %d", v.env, v.words, v.dir, v.chunk)
}

// replayed is what a run gave.
type replayed struct{ stdout, alerts, snapshots string }

// firstDifference is the first line that is another than in want.
func (r replayed) firstDifference(want replayed) string {
	for _, part := range [][2]string{{r.alerts, want.alerts}, {r.snapshots, want.snapshots}, {r.stdout, want.stdout}} {
		got, want := strings.Split(part[0], "\n"), strings.Split(part[1], "\n")
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				return fmt.Sprintf("line %d: %s\nwant %s", i+1, got[i], want[i])
			}
		}
		if len(got) != len(want) {
			return fmt.Sprintf("%d lines, want %d", len(got), len(want))
		}
	}
	return "no difference"
}

// vary draws a way to replay, with its files in dir.
func (c *determinismCase) vary(t *testing.T, rnd *rand.Rand, dir string) variation {
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	v := variation{dir: pick(dir, os.TempDir(), "/"), env: []string{
		"GOMAXPROCS=" + pick("1", "2", "8"), "GOGC=" + pick("1", "30", "100", "off"),
		"TZ=" + pick("UTC", "Asia/Kathmandu", "America/St_Johns", "nonsense"),
		"LANG=" + pick("C", "tr_TR.UTF-8", "de_DE.UTF-8"), "LC_ALL=" + pick("", "C", "ar_EG.UTF-8"),
		"HOSTNAME=" + pick("a", "b"), "USER=" + pick("x", "y"), "HOME=" + dir,
	}}
	extension := pick(".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
	switch n := rnd.IntN(4); {
	case n == 0:
		v.words = []string{c.writeParts(t, rnd, dir, extension)}
	case n == 1 && c.apart:
		v.words, v.split = c.writeCaptures(t, rnd, dir, extension), true
	case n == 2:
		v.stdin = c.write(t, dir, "a"+extension, c.records)
		v.words = []string{"-"}
		v.chunk = []int{least(t, v.stdin), 4 << 10, 1 << 20}[rnd.IntN(3)]
	default:
		v.words = []string{c.write(t, dir, pick("a", "b c", "ü")+extension, c.records)}
	}
	return v
}

// least is the smallest piece in which a file comes through a pipe in good time.
func least(t *testing.T, name string) int {
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	const pieces = 100_000
	return 1 + int(info.Size())/pieces
}

func (c *determinismCase) write(t *testing.T, dir, name string, records []schema.Record) string {
	t.Helper()
	path := filepath.Join(dir, name)
	file, err := capture.Create(path, capture.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if err := file.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeParts cuts the capture in up to five parts, which share its meta record.
func (c *determinismCase) writeParts(t *testing.T, rnd *rand.Rand, dir, extension string) string {
	folder := filepath.Join(dir, "parts")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	meta, rest := c.records[:1:1], c.records[1:]
	for part := range 5 {
		n := len(rest)
		if part < 4 {
			n = 1 + rnd.IntN(max(1, len(rest)/2))
		}
		c.write(t, folder, fmt.Sprintf("%d%s", part, extension), append(meta, rest[:n]...))
		rest = rest[n:]
	}
	return folder
}

// writeCaptures deals the records out to two or three captures. The list of the living
// stays in the first: what a capture that has such a list does not show has exited.
func (c *determinismCase) writeCaptures(t *testing.T, rnd *rand.Rand, dir, extension string) []string {
	dealt := make([][]schema.Record, 2+rnd.IntN(2))
	for i := range dealt {
		dealt[i] = append(dealt[i], c.records[0])
	}
	living := true
	for i := range c.records[1:] {
		to := 0
		if !living {
			to = rnd.IntN(len(dealt))
		}
		dealt[to] = append(dealt[to], c.records[1+i])
		living = living && c.records[1+i].Type != schema.TypeSystem
	}
	var names []string
	for i, records := range dealt {
		names = append(names, c.write(t, dir, fmt.Sprintf("of%d%s", i, extension), records))
	}
	return names
}

// run replays in one way.
func (c *determinismCase) run(t *testing.T, v variation) replayed {
	t.Helper()
	out := t.TempDir()
	alerts, snapshots := filepath.Join(out, "alerts"), filepath.Join(out, "snapshots")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	words := append([]string{"replay", "--alerts", alerts, "--snapshots", snapshots}, v.words...)
	if c.rules != "" {
		words = append(words, "--rules", c.rules)
	}
	cmd := exec.CommandContext(ctx, "linnix", words...)
	cmd.Dir, cmd.Env = v.dir, append(os.Environ(), v.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if v.stdin != "" {
		file, err := os.Open(v.stdin)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.Stdin = &pieces{file, v.chunk}
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", v, err, stderr.Bytes())
	}
	return replayed{stdout.String(), readText(t, alerts), readText(t, snapshots)}
}

// pieces reads in small pieces, and hides that it is a file.
type pieces struct {
	from io.Reader
	size int
}

func (p *pieces) Read(b []byte) (int, error) { return p.from.Read(b[:min(len(b), p.size)]) }

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readAll reads a capture's records.
func readAll(t *testing.T, name string) []schema.Record {
	t.Helper()
	source, err := capture.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var records []schema.Record
	for {
		r, err := source.Read()
		if err == io.EOF {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, *r)
		records[len(records)-1].Extra = bytes.Clone(r.Extra)
	}
}
