#!/bin/bash
# io_saturation.sh [--seed N] [read|random]: a process that asks so much of the disk that
# another, which writes a block now and then, waits for it most of the time; 14 to 18 s.
# The file is 64 MiB, in LINNIX_DISK (/var/tmp), and read past the page cache.
# read: 6 to 16 requests of 1 MiB at a time; random: 16 to 32 of 128 KiB anywhere.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/disk.sh"

arguments 'read random' "$@"
draw seconds 14 18
draw pause_ms 2 6
case $VARIANT in
read) draw depth 6 16 && block_kib=1024 ;;
random) draw depth 16 32 && block_kib=128 ;;
esac
drawn "block_kib=$block_kib"
need_workload
disk_folder
"$WORKLOAD" disk -mode make -file "$DISK/data" -size 64

start "$WORKLOAD" trickle -file "$DISK/journal" -pause "${pause_ms}ms" -seconds "$MAX_SECONDS"
calm_before
start "$WORKLOAD" disk -mode "$VARIANT" -file "$DISK/data" -size 64 -block "$block_kib" \
	-workers "$depth" -seconds "$seconds" -seed "$SEED"
mark begin io_saturation $!
wait $!
mark end io_saturation
calm_after
