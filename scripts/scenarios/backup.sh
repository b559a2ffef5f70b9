#!/bin/bash
# backup.sh [--seed N] [direct|tar]: a copy of 256 MiB of files, read from the disk again
# and again for 14 to 18 s, with nobody else who wants the disk.
# direct: past the page cache, as fast as it goes; tar: packed and compressed.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/disk.sh"

arguments 'direct tar' "$@"
draw seconds 14 18
draw files 2 8
drawn
need_workload
need dd tar gzip
disk_folder
for ((i = 0; i < files; i++)); do
	"$WORKLOAD" disk -mode make -file "$DISK/part$i" -size $((256 / files))
done

calm_before
SECONDS=0
while ((SECONDS < seconds)); do
	if [[ $VARIANT == direct ]]; then
		start dd if="$DISK/part0" of=/dev/null bs=1M iflag=direct status=none
		wait $!
		# The next file, as if there were more of them than there is room for.
		pause_ms 20
	else
		disk_cold "$DISK"/part*
		start sh -c "tar -C '$DISK' -cf - . | gzip -1 | wc -c >/dev/null"
		wait $!
	fi
done
calm_after
