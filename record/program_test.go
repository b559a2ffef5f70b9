package record

import (
	"os"
	"slices"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// TestProgram reads what the test itself runs.
func TestProgram(t *testing.T) {
	var r schema.Record
	newProgramReader(DefaultMaxArgs).fill(&r, uint32(os.Getpid()))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if r.Exe.V != exe || !slices.Equal(r.Argv.V, os.Args) || r.ArgvTruncated.V {
		t.Errorf("exe %q, argv %q; want %q, %q", r.Exe.V, r.Argv.V, exe, os.Args)
	}
	newProgramReader(1).fill(&r, uint32(os.Getpid()))
	if len(r.Argv.V) != 1 || len(r.Argv.V[0]) != 1 || !r.ArgvTruncated.V {
		t.Errorf("of one byte: argv %q", r.Argv.V)
	}
}

// TestStuckProgram holds that processes whose memory cannot be read hold up no recording.
func TestStuckProgram(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	p := newProgramReader(DefaultMaxArgs)
	p.read = func(uint32, int) program {
		<-release
		return program{exe: "late"}
	}
	for range 10 * maxStuckReads {
		var r schema.Record
		if p.fill(&r, 1); r.Exe.OK {
			t.Fatal("a read that is stuck gave something")
		}
	}
	if p.stuck != maxStuckReads {
		t.Errorf("%d reads were given up, want %d", p.stuck, maxStuckReads)
	}
}
