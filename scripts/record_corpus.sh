#!/usr/bin/env bash
# record_corpus.sh LINNIX OUT [SEED_OFFSET [GLOB…]]: 'make corpus'. Records the rows of
# scripts/corpus.txt on this machine, which should be quiet meanwhile (about half an
# hour): each becomes a folder of OUT with the capture, label.json and README.md. A row
# whose capture shows that the host was not quiet is recorded again, at most twice.
#
# SEED_OFFSET is added to every seed, for another recording of the same scenarios; GLOB
# picks rows by their folder. A scenario that this host cannot run is left out, and said.
set -euo pipefail
linnix=$1 out=$2 offset=${3:-0}
shift "$(($# < 3 ? $# : 3))"
globs=("${@:-*}")
[[ $linnix == /* ]] || linnix=$PWD/$linnix
[[ $out == /* ]] || out=$PWD/$out
cd "$(dirname "$0")/.."
readonly skipped=77 noisy=75

work=$(mktemp -d "${TMPDIR:-/tmp}/linnix-corpus.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Ctrl-C ends the recording that is going on, which ends well, and then all of it.
trap 'exit 130' INT
trap 'exit 143' TERM
go build -o bin/workload ./scripts/workload
go build -o "$work/publish" ./scripts/publish
go build -o "$work/label" ./scripts/label

# picked FOLDER: is its row wanted?
picked() {
	local glob
	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $1 != $glob ]] || return 0
	done
	return 1
}

# readme SCENARIO VARIANT SEED DRAWN prints what there is to know of a capture.
readme() {
	local figure
	cat <<-END
		# $1 $2, seed $3

		$("scripts/scenarios/$1.sh" --help | sed '/^$/,$d')

		What it shows, by the workload itself, stands in \`label.json\`. Drawn from the seed:

		| figure | value |
		| --- | --- |
	END
	for figure in $4; do
		case $figure in
		scenario=* | variant=* | seed=*) ;;
		*) echo "| $figure |" | sed 's/=/ | /' ;;
		esac
	done
	cat <<-END

		Recorded on Linux $(uname -r | cut -d- -f1) with $(nproc) CPUs. Again, or with other figures, on a quiet host:

		\`\`\`console
		\$ linnix record -o capture.jsonl.zst -- scripts/scenarios/$1.sh --seed $3 $2
		\`\`\`
	END
}

# record FOLDER SCENARIO VARIANT SEED records one row. Its code is the workload's, or
# $noisy where the capture shows other processes that were busy. What the folder held is
# replaced by all of the new, or stays.
record() {
	local folder=$out/$1 raw=$work/raw.jsonl new=$work/new code=0
	: >"$work/marks"
	LINNIX_MARKS=$work/marks "$linnix" record -q --force --fail-on-loss -o "$raw" -- \
		"scripts/scenarios/$2.sh" --seed "$4" "$3" >"$work/drawn" || code=$?
	((code == 0)) || return "$code"
	rm -rf "$new" && mkdir "$new" &&
		"$work/publish" "$raw" "$new/capture.jsonl.zst" &&
		chmod 644 "$new/capture.jsonl.zst" &&
		"$work/label" -scenario "$2" -variant "$3" -seed "$4" -marks "$work/marks" "$raw" >"$new/label.json" &&
		readme "$2" "$3" "$4" "$(head -n 1 "$work/drawn")" >"$new/README.md" &&
		mkdir -p "$folder" && mv -f "$new"/* "$folder"
}

failed=()
rows=0
while read -r folder scenario variant seed <&3; do
	[[ $folder != '#'* ]] && picked "$folder" || continue
	rows=$((rows + 1))
	echo "recording $folder"
	for attempt in 1 2 3; do
		code=0
		record "$folder" "$scenario" "$variant" $((seed + offset)) 3<&- || code=$?
		((code == noisy)) || break
		echo "record_corpus.sh: $folder was not recorded on a quiet host (attempt $attempt of 3)" >&2
	done
	case $code in
	0) ;;
	"$skipped") echo "record_corpus.sh: $folder is left out: this host cannot run it" >&2 ;;
	*) failed+=("$folder ($code)") ;;
	esac
done 3<scripts/corpus.txt
if ((rows == 0)); then
	echo "record_corpus.sh: no row of scripts/corpus.txt has a folder like ${globs[*]}" >&2
	exit 2
fi
if ((${#failed[@]} > 0)); then
	echo "record_corpus.sh: not recorded: ${failed[*]}" >&2
	exit 1
fi
