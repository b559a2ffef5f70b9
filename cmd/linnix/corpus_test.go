package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recordingStub stands in for linnix: it says what it was asked to record, cannot run
// one scenario, fails in two, is disturbed in one and interrupted in one, and else hands out a capture that
// is there.
const recordingStub = `#!/bin/bash
all=$*
scenario=${all##* -- }
echo "$scenario" >>"$STUB_LOG"
case $scenario in
*/idle.sh*) echo "scenario=idle variant=nothing seed=1 calm_ms=4000 seconds=30" ;;
*/warmup.sh*) exit 77 ;;
*/compile.sh*) exit 3 ;;
*/cron_burst.sh*) echo '1.000000 begin cpu_spin 1' >"$LINNIX_MARKS" ;; # not in the capture
*/container_start.sh*) exit 75 ;; # as for a host that is not quiet
*/ci_loop.sh*) kill -INT "$PPID" && exit 130 ;;
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
	record := func(code int, globs ...string) []byte {
		t.Helper()
		cmd := exec.Command("../../scripts/record_corpus.sh", append([]string{stub, out, "1000"}, globs...)...)
		cmd.Env = append(os.Environ(), "STUB_LOG="+log)
		printed, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
			t.Fatalf("%v, want code %d\n%s", err, code, printed)
		}
		return printed
	}
	printed := record(1, "idle", "warmup_*", "compile_1", "cron_burst", "container_start")
	for _, want := range []string{"warmup_java is left out", "(attempt 3 of 3)", "not recorded: compile_1 (3) cron_burst (1) container_start (75)\n"} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("it prints\n%s\nwant %q in it", printed, want)
		}
	}
	asked := readText(t, log)
	want := `scripts/scenarios/idle.sh --seed 1201 nothing
scripts/scenarios/compile.sh --seed 1202 make
scripts/scenarios/cron_burst.sh --seed 1204 hour
scripts/scenarios/warmup.sh --seed 1206 node
scripts/scenarios/warmup.sh --seed 1207 java
scripts/scenarios/container_start.sh --seed 1214 services
scripts/scenarios/container_start.sh --seed 1214 services
scripts/scenarios/container_start.sh --seed 1214 services
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
	if folders := mustGlob(t, filepath.Join(out, "*", "*.*")); len(folders) != 3 {
		t.Errorf("files %v, want those of idle alone", folders)
	}
	record(130, "ci_loop", "idle", "page_cache")
	if asked := strings.TrimPrefix(readText(t, log), want); asked != "scripts/scenarios/idle.sh --seed 1201 nothing\nscripts/scenarios/ci_loop.sh --seed 1205 steps\n" {
		t.Errorf("up to the interrupt it recorded\n%s", asked)
	}
	if printed := record(2, "idel"); !strings.Contains(string(printed), "no row of scripts/corpus.txt has a folder like idel\n") {
		t.Errorf("of a folder that there is none of it prints\n%s", printed)
	}
}
