#!/bin/bash
# container_start.sh [--seed N]: a container comes up: 20 to 60 processes in 1 to 3 s, in
# namespaces and a cgroup of their own; each runs a few short commands and then waits for
# 10 to 15 s.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/cgroup.sh"

arguments 'services' "$@"
draw services 20 60
draw start_ms 1000 3000
draw seconds 10 15
drawn
need unshare
cgroup_make
cgroup_memory "$MAX_MIB"

cat >"$FOLDER/init.sh" <<'END'
for ((i = 0; i < $1; i++)); do
	(
		hostname >/dev/null 2>&1
		mkdir -p "$4/$i"
		date >"$4/$i/started"
		exec sleep "$3"
	) &
	sleep "$2"
done
wait
END

printf -v pause '0.%03d' $((start_ms / services))
calm_before
start in_cgroup unshare --fork --kill-child --pid --mount --uts --ipc \
	bash "$FOLDER/init.sh" "$services" "$pause" "$seconds" "$FOLDER"
wait $! || skip 'namespaces are not permitted here'
calm_after
