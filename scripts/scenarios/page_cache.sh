#!/bin/bash
# page_cache.sh [--seed N]: a cgroup of 96 to 200 MiB that is full of page cache, since a
# process reads 1.5 times as much from files, over and over for 14 to 20 s. No process
# grows, and the kernel takes back what it needs.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/cgroup.sh"
source "${BASH_SOURCE[0]%/*}/disk.sh"

arguments 'read' "$@"
draw max_mib 96 200
draw seconds 14 20
draw pause_ms 20 60
drawn
at_most MiB "$max_mib" "$MAX_MIB"
need_workload
cgroup_make
cgroup_memory "$max_mib"
disk_folder
for ((i = 0; i < 12; i++)); do
	"$WORKLOAD" disk -mode make -file "$DISK/part$i" -size $((max_mib / 8))
done

calm_before
start in_cgroup bash -c "
	while ((SECONDS < $seconds)); do
		for part in '$DISK'/part*; do
			cat \"\$part\" >/dev/null
			sleep 0.0$pause_ms
		done
	done"
wait $!
calm_after
