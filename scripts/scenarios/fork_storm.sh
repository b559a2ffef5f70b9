#!/bin/bash
# fork_storm.sh [--seed N] [flat|chain|binary]: a harmless fork storm. 330 to 480
# processes come, 40 to 120 a second, and stay for some seconds, until all go at once.
# flat: one shell starts them all; chain: each starts the next; binary: each starts two.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/tree.sh"

arguments 'flat chain binary' "$@"
draw rate 40 120
draw processes 330 480
draw stay_ms 4000 6000
exec=0
case $VARIANT in
flat) fanout=$processes && draw exec 0 1 ;;
chain) fanout=1 ;;
binary) fanout=2 && draw exec 0 1 ;;
esac
births_ms=$((processes * 1000 / rate))
# The slowest are through in 12 s, the fastest stay until then.
((births_ms + stay_ms >= 12000)) || stay_ms=$((12000 - births_ms))
drawn "births_ms=$births_ms stays_ms=$stay_ms"

calm_before
mark begin fork_storm
tree_grow "$processes" "$rate" "$fanout" "$exec"
pause_ms "$stay_ms"
tree_end
mark end fork_storm
calm_after
