// Package record turns what the kernel tells into a capture: it attaches the programs
// of package bpf, puts their events in order, samples processes and the system, and
// accounts for every event.
//
// A recording is one loop on one goroutine: drain the ring, complete exits, release
// what is complete to the writer, sample at each interval. The ring buffers what comes
// meanwhile, so nothing else needs a lock or a queue.
//
// Invariants: records leave in ring order, so a fork stands before anything its child
// does; each process has at most one fork and exactly one exit, or a task at the end, unless
// that was lost, or came after a limit of events or size; for every event type
// attempted = written + filtered + lost.
//
// LIFECYCLE.md beside this file is the truth table: what a capture has of a process in
// each special case of birth, exec and death, and what that is held against.
package record
