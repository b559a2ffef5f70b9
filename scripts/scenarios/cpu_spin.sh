#!/bin/bash
# cpu_spin.sh [SECONDS]: one process that keeps one core busy for SECONDS (12, at most
# 60) and gets nothing done.
set -euo pipefail

seconds=${1:-12}
if ((seconds > 60)); then
	echo "cpu_spin.sh: at most 60 seconds" >&2
	exit 2
fi
while ((SECONDS < seconds)); do :; done
