#!/bin/bash
# log_rotation.sh [--seed N]: a service that writes a log of 2 to 8 MiB/s, which is
# renamed and compressed every 1 to 3 s; 15 to 20 s.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'gzip' "$@"
draw kib_per_tenth 200 800
draw rotate_tenths 10 30
draw seconds 15 20
drawn
need gzip

printf -v line '%0199d' 0
printf -v block '%s\n' "$line" "$line" "$line" "$line" "$line"

calm_before
for ((tenth = 0; tenth < seconds * 10; tenth++)); do
	for ((kib = 0; kib < kib_per_tenth; kib++)); do echo -n "$block"; done >>"$FOLDER/service.log"
	if ((tenth % rotate_tenths == rotate_tenths - 1)); then
		mv "$FOLDER/service.log" "$FOLDER/service.log.1"
		start gzip -f "$FOLDER/service.log.1"
	fi
	pause_ms 80
done
calm_after
