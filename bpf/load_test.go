package bpf

import (
	"errors"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// TestLoad holds that the verifier takes every program, the exit program for older
// kernels too.
func TestLoad(t *testing.T) {
	for name, compat := range map[string]bool{"this kernel": false, "before 6.16": true} {
		t.Run(name, func(t *testing.T) {
			k, err := Load(Options{RingBytes: 64 << 10, MaxArgs: MaxArgs, Compat: compat})
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
