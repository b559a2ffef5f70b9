#!/bin/bash
# idle.sh [--seed N]: nothing at all for 25 to 35 s.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'nothing' "$@"
draw seconds 25 35
drawn
pause_ms $((seconds * 1000))
