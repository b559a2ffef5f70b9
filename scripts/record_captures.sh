#!/usr/bin/env bash
# record_captures.sh LINNIX: 'make captures'. Records the labelled captures of
# datasets/captures on this machine, which should be quiet meanwhile, and takes the
# words of all processes but the workload's out of them (see scripts/publish).
#
# Each folder there has a recipe.sh, the workload; the label.json and README.md beside
# it are written by hand and kept.
set -euo pipefail
linnix=$1
cd "$(dirname "$0")/.."

raw=bin/raw.jsonl
trap 'rm -f "$raw" bin/publish' EXIT
go build -o bin/publish ./scripts/publish
for recipe in datasets/captures/*/recipe.sh; do
	folder=$(dirname "$recipe")
	echo "recording $folder"
	"$linnix" record -q --force -o "$raw" -- "$recipe"
	bin/publish "$raw" "$folder/capture.jsonl.zst"
	chmod 644 "$folder/capture.jsonl.zst"
done
