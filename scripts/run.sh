#!/usr/bin/env bash
# run.sh LINNIX: 'make run'. Records this host for fifteen seconds while a harmless,
# bounded fork storm runs, replays the capture and names the incident in it. Where the
# kernel does not let us record, a bundled capture stands in.
set -euo pipefail
linnix=$1
cd "$(dirname "$0")/.."

show() { printf '\n$ %s\n' "$*"; "$@"; }

if "$linnix" doctor >/dev/null 2>&1; then
	capture=bin/run.parquet
	(
		sleep 3
		exec scripts/scenarios/fork_storm.sh --no-calm >/dev/null
	) &
	storm=$!
	trap 'kill "$storm" 2>/dev/null || true' EXIT
	show "$linnix" record -d 15s -o "$capture" --force
	wait "$storm"
else
	capture=$(echo datasets/captures/fork_storm/capture.*)
	echo "Recording is not permitted here ('$linnix doctor' says why): using the bundled $capture"
fi
show "$linnix" replay "$capture"
show "$linnix" insight "$capture"
