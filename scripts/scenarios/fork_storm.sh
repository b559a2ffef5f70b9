#!/bin/bash
# fork_storm.sh [CHILDREN]: a harmless fork storm. One shell starts CHILDREN (400, at
# most 400) processes, 100 a second, that do nothing but stay; all are ended by their
# pid once the last has lived three seconds.
set -euo pipefail

children=${1:-400}
if ((children > 400)); then
	echo "fork_storm.sh: at most 400 children" >&2
	exit 2
fi
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT

# A descriptor that never has data: read -t waits on it without starting a process.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never" || true; }

for ((i = 1; i <= children; i++)); do
	sleep 30 &
	pids+=($!)
	if ((i % 10 == 0)); then
		pause 0.1
	fi
done
pause 3
