// Package insight names the incidents in a capture and the processes behind them:
// features of 10 s windows, heuristics over them, incidents merged from windows, and
// dataset records that hold verdict and evidence together.
//
// Its invariants:
//
//   - No heuristic reads comm, exe or argv: renaming every process of a capture changes
//     no verdict. Of a cgroup's path it reads which others it lies in, nothing else.
//   - Utilisation alone is no verdict; saturation is, when it lasts.
//   - One process tree gives one class at a time: the first of the heuristics that
//     finds it, in the order of the table; what the others saw is an alternative.
//   - A capture gives at least one record: "normal" is what remains.
//   - The same records give the same bytes: nothing here reads a clock, the
//     environment, randomness or map order.
//
// A heuristic is one file and one row in the table of heuristics.go. The package also
// checks files of such records; see [Checker].
package insight
