#!/bin/bash
# cpu_spin.sh [--seed N] [one|threads|throttled]: a process that keeps cores busy for 14
# to 20 s and gets nothing done.
# one: a shell with an empty loop; threads: a program of 2 to 4 threads; throttled: a
# shell in a cgroup that may use 30 to 60 % of a core.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/cgroup.sh"

arguments 'one threads throttled' "$@"
draw seconds 14 20
draw threads 2 4
draw quota_percent 30 60
drawn

spin() { while ((SECONDS < seconds)); do :; done; }
[[ $VARIANT != threads ]] || need_workload
if [[ $VARIANT == throttled ]]; then
	cgroup_make
	cgroup_cpu "$quota_percent"
fi

calm_before
SECONDS=0
case $VARIANT in
one) start spin ;;
threads) start "$WORKLOAD" spin -threads "$threads" -seconds "$seconds" ;;
throttled) start in_cgroup bash -c "while ((SECONDS < $seconds)); do :; done" ;;
esac
mark begin cpu_spin $!
wait $!
mark end cpu_spin
calm_after
