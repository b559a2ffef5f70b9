#!/bin/bash
# overlap.sh [--seed N] [spin_flood|storm_io]: two incidents at a time, in trees of their
# own: a spinning program beside a flood of short jobs, or a fork storm beside a disk
# that is asked for too much. For bounds see the scenarios it is made of.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'spin_flood storm_io' "$@"
drawn

second_seed=$(((SEED + 1) % 1000000000))
here=${BASH_SOURCE[0]%/*}
# The calm before each is drawn too, so that they begin at different times.
case $VARIANT in
spin_flood)
	start "$here/cpu_spin.sh" --seed "$SEED" threads
	first=$!
	start "$here/short_job_flood.sh" --seed "$second_seed" exec
	;;
storm_io)
	start "$here/io_saturation.sh" --seed "$SEED" read
	first=$!
	start "$here/fork_storm.sh" --seed "$second_seed" flat
	;;
esac
wait "$first"
wait $!
