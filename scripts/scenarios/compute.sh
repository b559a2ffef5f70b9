#!/bin/bash
# compute.sh [--seed N] [program|xz]: work that keeps every core busy for 14 to 20 s and
# gets done: a program with 8 workers that compress blocks, or xz with 8 threads on a
# stream.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'program xz' "$@"
draw seconds 14 20
draw level 1 3
drawn
need_workload
[[ $VARIANT != xz ]] || need xz timeout tar

# A stream that outlasts its reader, and ends with it; tar fails where it cannot read all,
# too. No program is named, for captures keep the arguments.
xz_stream() {
	SECONDS=0
	exec timeout "$seconds" xz "-$level" -T8 --block-size=1MiB >"$FOLDER/stream.xz" \
		< <(while ((SECONDS < seconds)); do tar -C /usr -cf - bin 2>/dev/null || (($? < 128)) || break; done)
}

calm_before
case $VARIANT in
program) start "$WORKLOAD" compute -workers 8 -seconds "$seconds" -out "$FOLDER/packed" ;;
xz) start xz_stream ;;
esac
wait $! || true # timeout says that it ended xz
calm_after
