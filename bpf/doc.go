// Package bpf is the kernel half of the recorder: the C programs and their generated
// loader, with the events they send as Go types.
//
// linnix.bpf.c has the programs, kernel.h the kernel types they read, events.h what
// they send. The compiled object is committed, so building Linnix needs no clang;
// `make generate` rebuilds it and `make verify` shows that it is unchanged. The C code
// is GPL-2.0 OR MIT, because the kernel lends some helpers to such programs only.
package bpf
