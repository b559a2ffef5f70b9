#!/bin/bash
# runaway_tree.sh [--seed N] [wide|deep]: one tree of processes that grows steadily, 8 to
# 25 a second, to 150 to 400 within 15 to 22 s: too slow for a storm, and it never stops.
# wide: each process has 20 to 60 children; deep: 2 to 4.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/tree.sh"

arguments 'wide deep' "$@"
draw rate 8 25
draw seconds 15 22
draw stay_ms 1500 3500
draw exec 0 1
case $VARIANT in
wide) draw fanout 20 60 ;;
deep) draw fanout 2 4 ;;
esac
processes=$((rate * seconds))
processes=$((processes < 150 ? 150 : processes > 400 ? 400 : processes))
drawn "processes=$processes"

calm_before
mark begin runaway_tree
tree_grow "$processes" "$rate" "$fanout" "$exec"
pause_ms "$stay_ms"
tree_end
mark end runaway_tree
calm_after
