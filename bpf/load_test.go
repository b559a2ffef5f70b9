package bpf

import "testing"

func TestLoad(t *testing.T) {
	k, err := Load(Options{RingBytes: 1 << 20, MaxArgs: 32 << 10})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	k.Close()
}
