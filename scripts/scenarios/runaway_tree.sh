#!/bin/bash
# runaway_tree.sh [--seed N] [wide|deep]: one tree of processes that grows steadily, 8 to
# 25 a second, to 150 to 400 within 15 to 25 s: too slow for a storm, and it never stops.
# wide: each process has 20 to 60 children; deep: 2 to 4.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/tree.sh"

arguments 'wide deep' "$@"
draw TREE_RATE 8 25
draw seconds 15 22
draw stay_ms 1500 3500
draw exec 0 1
case $VARIANT in
wide) draw TREE_FANOUT 20 60 ;;
deep) draw TREE_FANOUT 2 4 ;;
esac
TREE_COUNT=$((TREE_RATE * seconds))
TREE_COUNT=$((TREE_COUNT < 150 ? 150 : TREE_COUNT > 400 ? 400 : TREE_COUNT))
TREE_EXEC=
((exec == 0)) || TREE_EXEC=yes
drawn "processes=$TREE_COUNT"

calm_before
mark begin runaway_tree
tree_grow
pause_ms "$stay_ms"
tree_end
mark end runaway_tree
calm_after
