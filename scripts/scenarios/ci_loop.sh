#!/bin/bash
# ci_loop.sh [--seed N]: a shell script as CI runs them: 5 to 20 short commands a second
# with pauses between the steps, for 18 to 25 s.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'steps' "$@"
draw rate 5 20
draw seconds 18 25
draw step_commands 15 40
draw pause_ms 300 1500
drawn

# command_of NUMBER runs one of the commands of such scripts.
command_of() {
	case $(($1 % 6)) in
	0) ls -l /etc >"$FOLDER/list" ;;
	1) grep -c conf "$FOLDER/list" >/dev/null || true ;;
	2) sort -k 5n "$FOLDER/list" >"$FOLDER/sorted" ;;
	3) sed 's/root/user/g' "$FOLDER/sorted" >"$FOLDER/edited" ;;
	4) cksum "$FOLDER/edited" >/dev/null ;;
	5) date >"$FOLDER/stamp" ;;
	esac
}

calm_before
SECONDS=0
for ((i = 0; SECONDS < seconds; i++)); do
	command_of "$i"
	pause_ms $((1000 / rate))
	((i % step_commands != step_commands - 1)) || pause_ms "$pause_ms"
done
calm_after
