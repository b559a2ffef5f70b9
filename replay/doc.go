// Package replay plays captures back in one total order on a virtual clock and keeps
// the process tree of each host, so that what was seen live can be seen again, byte
// for byte.
//
// Its invariants:
//
//   - The only inputs are the records and the [Options]: no wall clock, environment,
//     randomness, goroutine or map order.
//   - Records come in file order; several captures are merged head by head by time,
//     then argument order, each keeping its own order. Captures of one boot share a
//     [Host].
//   - The parts of a capture keep the seq that their records had in the whole: alerts
//     name records by it.
//   - A host's clock is the largest time seen. At each whole second from its start,
//     once no record up to it remains, handlers get a tick, so time passes without
//     events.
//   - A [Process] is a pid and a start time on the boot clock, never a bare pid. Its
//     place in the tree is its birth and never changes, except that an exited process
//     folds into its parent.
//   - Memory is bounded by the live processes and the last few seconds.
package replay
