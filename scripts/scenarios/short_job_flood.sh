#!/bin/bash
# short_job_flood.sh [--seed N] [exec|subshell|noexec]: one process that starts 60 to 200
# short jobs a second for 13 to 18 s, one after the other; nothing piles up.
# exec: a shell that runs /bin/true; subshell: a shell that runs a part of itself; noexec:
# a program whose children end at once.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'exec subshell noexec' "$@"
draw rate 60 200
draw seconds 13 18
jobs=$((rate * seconds))
drawn "jobs=$jobs"
[[ $VARIANT != noexec ]] || need_workload

calm_before
if [[ $VARIANT == noexec ]]; then
	start "$WORKLOAD" jobs -rate "$rate" -seconds "$seconds"
	mark begin short_job_flood $!
	wait $!
else
	mark begin short_job_flood
	now_us
	zero=$NOW_US
	# A host too slow for the rate gets fewer jobs, not more seconds.
	for ((i = 0; i < jobs && NOW_US < zero + seconds * 1000000; i++)); do
		wait_until $((zero + i * 1000000 / rate))
		if [[ $VARIANT == exec ]]; then
			/bin/true
		else
			(:)
		fi
	done
fi
mark end short_job_flood
calm_after
