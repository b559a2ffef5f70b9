package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recordingStub stands in for linnix: it says what it was asked to record, cannot run
// one scenario, fails in another, and else hands out a capture that is there.
const recordingStub = `#!/bin/bash
all=$*
scenario=${all##* -- }
echo "$scenario" >>"$STUB_LOG"
case $scenario in
*/idle.sh*) echo "scenario=idle variant=nothing seed=1 calm_ms=4000 seconds=30" ;;
*/warmup.sh*) exit 77 ;;
*/compile.sh*) exit 3 ;;
*/ci_loop.sh*) exit 75 ;; # as for a host that is not quiet
esac
while [[ $1 != -o ]]; do shift; done
cp datasets/captures/compile/capture.jsonl.zst "$2"
`

// TestRecordCorpus holds what scripts/record_corpus.sh makes of the rows it is asked for.
func TestRecordCorpus(t *testing.T) {
	folder := t.TempDir()
	stub, log, out := filepath.Join(folder, "linnix"), filepath.Join(folder, "log"), filepath.Join(folder, "out")
	if err := os.WriteFile(stub, []byte(recordingStub), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("../../scripts/record_corpus.sh", stub, out, "1000", "idle", "warmup_*", "compile_1", "ci_loop")
	cmd.Env = append(os.Environ(), "STUB_LOG="+log)
	printed, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v, want code 1\n%s", err, printed)
	}
	for _, want := range []string{"warmup_java is left out", "(attempt 3 of 3)", "not recorded: compile_1 (3) ci_loop (75)\n"} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("it prints\n%s\nwant %q in it", printed, want)
		}
	}
	asked := readText(t, log)
	want := `scripts/scenarios/idle.sh --seed 1201 nothing
scripts/scenarios/compile.sh --seed 1202 make
scripts/scenarios/ci_loop.sh --seed 1205 steps
scripts/scenarios/ci_loop.sh --seed 1205 steps
scripts/scenarios/ci_loop.sh --seed 1205 steps
scripts/scenarios/warmup.sh --seed 1206 node
scripts/scenarios/warmup.sh --seed 1207 java
`
	if asked != want {
		t.Errorf("it recorded\n%swant\n%s", asked, want)
	}
	if label := readText(t, filepath.Join(out, "idle", "label.json")); label != `{"scenario":"idle","variant":"nothing","seed":1201,"incidents":[]}`+"\n" {
		t.Errorf("label.json is %s", label)
	}
	if readme := readText(t, filepath.Join(out, "idle", "README.md")); !strings.Contains(readme, "# idle nothing, seed 1201\n") ||
		!strings.Contains(readme, "| calm_ms | 4000 |\n| seconds | 30 |\n\n") {
		t.Errorf("README.md is\n%s", readme)
	}
	if folders := mustGlob(t, filepath.Join(out, "*", "capture.jsonl.zst")); len(folders) != 1 {
		t.Errorf("captures %v, want that of idle alone", folders)
	}
}
