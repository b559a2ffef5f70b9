package bpf

import (
	"errors"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// TestLoad holds that the verifier takes every program: with and without a filter, and
// the exit program for older kernels too.
func TestLoad(t *testing.T) {
	uid := uint32(1)
	comm, err := CompileGlob("a*[b-c]?")
	if err != nil {
		t.Fatal(err)
	}
	filter := Filter{PID: 1, UID: &uid, Cgroup: &CgroupID{ID: 1, Hierarchy: 2}, Comm: comm}
	tests := map[string]Options{
		"this kernel":           {},
		"before 6.16":           {Compat: true},
		"filter":                {Filter: filter},
		"filter by cgroup v2":   {Filter: Filter{Cgroup: &CgroupID{ID: 1}}},
		"filter, before 6.16":   {Filter: filter, Compat: true},
		"filter by comm":        {Filter: Filter{Comm: comm}},
		"filter by pid and uid": {Filter: Filter{PID: 1, UID: &uid}},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			opts.RingBytes, opts.MaxArgs = 64<<10, MaxArgs
			k, err := Load(opts)
			refused := errors.Is(err, unix.EPERM) || errors.Is(err, ebpf.ErrNotSupported)
			if refused && os.Getenv("LINNIX_REQUIRE_LIVE") == "" {
				t.Skip(err)
			}
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
