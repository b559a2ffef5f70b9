# lib.sh: what the scenarios share. Each is a program that takes --seed N and a variant,
# draws its figures from the seed, keeps calm for a while, makes its incident (or what
# looks like one), keeps calm again, and leaves nothing behind.
#
# A scenario is written in this order:
#
#   source "${BASH_SOURCE[0]%/*}/lib.sh"
#   arguments "VARIANT…" "$@"     the first variant is the one without an argument
#   draw NAME MIN MAX             as often as needed
#   drawn                         says what was drawn; ends here under --draw
#   need TOOL…
#   calm_before; …; calm_after
#
# LINNIX_MARKS names a file that takes the truth: a line 'TIME begin CLASS PID' when an
# incident begins, with the process behind it, and 'TIME end CLASS' when it is over.
set -euo pipefail
shopt -s inherit_errexit

# No scenario may ask for more than this, whatever it draws.
readonly MAX_PROCESSES=500 MAX_SECONDS=40 MAX_MIB=256
# SKIPPED is the exit code where this host cannot run the scenario.
readonly SKIPPED=77

SCENARIO=${0##*/}
SEED=1
VARIANT=
DRAW_ONLY=
CALM=yes
DRAWN=
CGROUP=
FOLDER=
LIFELINE=

# arguments VARIANTS ARGUMENT…: sets SEED and VARIANT; --help and wrong ones end here.
arguments() {
	local variants=$1
	shift
	VARIANT=${variants%% *}
	while (($# > 0)); do
		case $1 in
		--help | -h) usage && exit 0 ;;
		--draw) DRAW_ONLY=yes ;;
		--no-calm) CALM= ;;
		--seed) SEED=${2-} && shift ;;
		--seed=*) SEED=${1#*=} ;;
		-*) wrong "unknown option $1" ;;
		*) VARIANT=$1 ;;
		esac
		shift || wrong "--seed wants a number"
	done
	[[ $SEED =~ ^[0-9]{1,9}$ ]] || wrong "seed '$SEED': give a whole number up to 999999999"
	[[ " $variants " == *" $VARIANT "* ]] || wrong "unknown variant '$VARIANT'; there is: $variants"
	SEED=$((10#$SEED)) # 08 is no octal number
	random_state=$SEED
	local i
	for ((i = 0; i < 8; i++)); do random; done # neighbouring seeds grow apart
	draw calm_before_ms 4000 6000
	draw calm_after_ms 3000 5000
}

# usage prints the comment at the head of the scenario, and what all have in common.
usage() {
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
	cat <<-END

		options: --seed N    draw rates, sizes and durations from N; the same again for the same N (1)
		         --draw      say what is drawn and do nothing
		         --no-calm   without the quiet seconds before and after
		Never more than $MAX_PROCESSES processes, $MAX_MIB MiB, $MAX_SECONDS s; nothing is left behind.
	END
}

wrong() {
	echo "$SCENARIO: $1; type: $0 --help" >&2
	exit 2
}

# skip WHY: this host cannot.
skip() {
	echo "$SCENARIO: skipped: $1" >&2
	exit $SKIPPED
}

# random sets RANDOM_BITS to 31 bits of the next state of a linear congruential generator
# (Knuth's MMIX), so that a seed gives the same draw wherever bash runs.
random() {
	random_state=$((random_state * 6364136223846793005 + 1442695040888963407))
	RANDOM_BITS=$((random_state >> 33 & 0x7fffffff))
}

# draw NAME MIN MAX sets NAME to a whole number of that range.
draw() {
	local -n drawn_value=$1
	random
	drawn_value=$(($2 + RANDOM_BITS % ($3 - $2 + 1)))
	DRAWN+=" $1=$drawn_value"
}

# drawn prints what was drawn, with what follows from it.
drawn() {
	echo "scenario=${SCENARIO%.sh} variant=$VARIANT seed=$SEED$DRAWN${*:+ $*}"
	[[ -z $DRAW_ONLY ]] || exit 0
	trap finish EXIT
	trap 'exit 143' TERM
	trap 'exit 130' INT
	FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/linnix-scenario.XXXXXX")
	mkfifo "$FOLDER/lifeline" "$FOLDER/never"
	# Nothing is ever written to either. Who reads the lifeline finds it closed once this
	# process lets go of it, or is gone, however it went; the other one is for pauses.
	exec {LIFELINE}<>"$FOLDER/lifeline" {PAUSE}<>"$FOLDER/never"
}

# at_most WHAT VALUE LIMIT holds a bound that a change of the draw might break.
at_most() {
	(($2 <= $3)) || { echo "$SCENARIO: $1: $2, at most $3" >&2 && exit 2; }
}

# need TOOL…: skips the scenario where one is missing.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# need_workload sets WORKLOAD to the helper program.
need_workload() {
	WORKLOAD=${BASH_SOURCE[0]%/*}/../../bin/workload # no full path: captures keep it
	[[ -x $WORKLOAD ]] || skip "bin/workload is missing; type: go build -o bin/workload ./scripts/workload"
}

# mark begin CLASS [PID], mark end CLASS.
mark() {
	[[ -n ${LINNIX_MARKS-} ]] || return 0
	local time=${EPOCHREALTIME/,/.}
	if [[ $1 == begin ]]; then
		echo "$time begin $2 ${3:-$$}" >>"$LINNIX_MARKS"
	else
		echo "$time end $2" >>"$LINNIX_MARKS"
	fi
}

# pause_ms MS waits without starting a process.
pause_ms() {
	local seconds
	printf -v seconds '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
	read -r -t "$seconds" -u "$PAUSE" || true
}

# now_us sets NOW_US to the time in µs.
now_us() { NOW_US=${EPOCHREALTIME/[.,]/}; }

# wait_until US waits for a moment, in µs.
wait_until() {
	now_us
	local left=$(($1 - NOW_US)) seconds
	((left > 0)) || return 0
	printf -v seconds '%d.%06d' $((left / 1000000)) $((left % 1000000))
	read -r -t "$seconds" -u "$PAUSE" || true
}

calm_before() { [[ -z $CALM ]] || pause_ms "$calm_before_ms"; }
calm_after() { [[ -z $CALM ]] || pause_ms "$calm_after_ms"; }

# start COMMAND… runs it in the background; it is ended by its pid, $!, at the latest when
# the scenario ends.
start() { "$@" {LIFELINE}>&- {PAUSE}>&- & }

# let_go closes the lifeline of those who hang on it.
let_go() {
	[[ -z $LIFELINE ]] || exec {LIFELINE}>&-
	LIFELINE=
}

# finish leaves nothing behind.
finish() {
	trap '' TERM INT
	let_go
	local running
	running=$(jobs -pr) # those alone that have not ended: the pid of another may be used again
	# shellcheck disable=SC2086 # one word each
	[[ -z $running ]] || kill $running 2>/dev/null || true
	wait
	[[ -z $CGROUP ]] || cgroup_remove
	[[ -z $FOLDER ]] || rm -rf "$FOLDER"
}
