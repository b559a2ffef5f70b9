#!/bin/bash
# backup.sh [--seed N] [direct|tar]: files of 256 MiB, read from the disk again and again
# for 14 to 18 s, with nobody else who wants it.
# direct: past the page cache, as fast as it goes; tar: packed and compressed.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/disk.sh"

arguments 'direct tar' "$@"
draw seconds 14 18
draw depth 1 2
drawn
need_workload
need dd tar gzip
disk_folder
for part in a b c d; do
	"$WORKLOAD" disk -mode make -file "$DISK/$part" -size 64
done

calm_before
if [[ $VARIANT == direct ]]; then
	start "$WORKLOAD" disk -mode read -file "$DISK/a" -size 64 -workers "$depth" -seconds "$seconds"
	wait $!
else
	for ((SECONDS = 0; SECONDS < seconds; )); do
		disk_cold "$DISK"/?
		start sh -c "tar -C '$DISK' -cf - . | gzip -1 | wc -c >/dev/null"
		wait $!
	done
fi
calm_after
