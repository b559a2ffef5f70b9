#!/bin/bash
# cron_burst.sh [--seed N]: what happens at the full hour: 100 to 200 small jobs within
# 2 s, twice, some 8 to 12 s apart. Each reads a little, counts, and ends.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'hour' "$@"
draw jobs 100 200
draw between_ms 8000 12000
drawn
at_most processes "$jobs" "$MAX_PROCESSES"

burst() {
	local i zero
	now_us
	zero=$NOW_US
	for ((i = 0; i < jobs; i++)); do
		wait_until $((zero + i * 2000000 / jobs))
		start sh -c 'head -c 300000 /dev/urandom | sha256sum | cut -c 1-8 >/dev/null'
	done
	wait
}

calm_before
burst
pause_ms "$between_ms"
burst
calm_after
