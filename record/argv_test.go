package record

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// TestArgv holds that arguments are kept as they are, up to --max-args, and that their
// true length is told where they are cut.
func TestArgv(t *testing.T) {
	const kib = 1 << 10
	long := "000000-" + strings.Repeat("x", 100_000-7)
	var many []string
	for i := range 8192 {
		many = append(many, fmt.Sprintf("%06d-%s", i, strings.Repeat("x", 120)))
	}
	tests := []struct {
		name, kind string
		maxArgs    int
		want       []string
		bytes      int64
		truncated  bool
	}{
		{"odd", "odd", 0, []string{"", "\xff\xfe", "", "café", "a b\n", ""}, 17, false},
		// Since 5.18 the kernel gives a program without arguments an empty one.
		{"none", "none", 0, []string{""}, 1, false},
		{"long, default", "long", 0, []string{long[:32*kib]}, 100_001, true},
		{"long, 128 KiB", "long", 128 * kib, []string{long}, 100_001, false},
		{"1 MiB, default", "many", 0, many[:256], 1 << 20, true},
		{"1 MiB, 128 KiB", "many", 128 * kib, many[:1024], 1 << 20, true},
		{"cut inside", "odd", 5, []string{"", "\xff\xfe", ""}, 17, true},
	}
	runner, leaf := compile(t, "argv"), named(t, "t9-leaf")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, sum := recordLive(t, Options{MaxArgs: test.maxArgs}, func() {
				if out, err := exec.Command(runner, leaf, test.kind).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
			checkAccount(t, m, sum)
			found := 0
			for _, r := range m.of(schema.TypeExec) {
				if r.Filename.V != leaf {
					continue
				}
				found++
				if !slices.Equal(r.Argv.V, test.want) || r.ArgvBytes.V != test.bytes || r.ArgvTruncated.V != test.truncated {
					t.Errorf("%d arguments %.200q, %d bytes, truncated %v; want %d, %d bytes, %v",
						len(r.Argv.V), r.Argv.V, r.ArgvBytes.V, r.ArgvTruncated.V, len(test.want), test.bytes, test.truncated)
				}
			}
			if found != 1 {
				t.Errorf("the program is %d times in the capture", found)
			}
		})
	}
}
