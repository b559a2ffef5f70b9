#!/bin/bash
# zombies.sh [--seed N]: a parent that never asks after its 20 to 80 children, who ended
# long ago; 12 to 18 s. A nuisance, no incident.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'leave' "$@"
draw children 20 80
draw seconds 12 18
drawn

# The shell becomes a program that knows of no children, while they still live.
leave() {
	local i
	for ((i = 0; i < children; i++)); do sleep 2 & done
	exec sleep "$seconds"
}

calm_before
start leave
wait $!
calm_after
