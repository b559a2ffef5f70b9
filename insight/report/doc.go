// Package report writes insights and findings for people and programs, one file a
// format.
//
// Its invariants: the same records give the same bytes, whatever the locale; nothing
// that a process chose (comm, argv, cgroup) reaches the output as a control,
// bidirectional or zero-width character, nor in markdown as more than text; tables are
// aligned by what a terminal shows, not by bytes.
package report
