package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDatasetReplays holds what the default rules and the snapshot builder make of each
// labelled capture, byte for byte: the text with its digest, which covers alerts and
// snapshots, is in testdata/replays; of some these stand beside it, to read a difference
// in. -update writes them anew.
func TestDatasetReplays(t *testing.T) {
	for _, folder := range mustGlob(t, captureFolders) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			c := determinismCase{}
			file, err := filepath.Abs(captureIn(t, folder))
			if err != nil {
				t.Fatal(err)
			}
			got := c.run(t, variation{words: []string{file}, dir: t.TempDir()})
			for name, text := range map[string]string{
				"replay.txt": got.stdout, "alerts.jsonl": got.alerts, "snapshots.jsonl": got.snapshots,
			} {
				golden := filepath.Join("testdata/replays", filepath.Base(folder), name)
				if _, err := os.Stat(golden); err != nil && name != "replay.txt" {
					continue
				}
				if *update {
					if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := readText(t, golden); text != want {
					t.Errorf("%s: %s", golden, replayed{stdout: text}.firstDifference(replayed{stdout: want}))
				}
			}
		})
	}
}
