#!/bin/bash
# fork_storm.sh [--seed N] [flat|chain|binary]: a harmless fork storm. 330 to 480
# processes come, 40 to 120 a second, and stay for some seconds, until all go at once.
# flat: one shell starts them all; chain: each starts the next; binary: each starts two.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/tree.sh"

arguments 'flat chain binary' "$@"
draw TREE_RATE 40 120
draw TREE_COUNT 330 480
draw stay_ms 4000 6000
draw exec 0 1
births_ms=$((TREE_COUNT * 1000 / TREE_RATE))
# The slowest are through in 12 s, the fastest stay until then.
((births_ms + stay_ms >= 12000)) || stay_ms=$((12000 - births_ms))
case $VARIANT in
flat) TREE_FANOUT=$TREE_COUNT ;;
chain) TREE_FANOUT=1 exec=0 ;;
binary) TREE_FANOUT=2 ;;
esac
TREE_EXEC=
((exec == 0)) || TREE_EXEC=yes
drawn "births_ms=$births_ms stays_ms=$stay_ms"

calm_before
mark begin fork_storm
tree_grow
pause_ms "$stay_ms"
tree_end
mark end fork_storm
calm_after
