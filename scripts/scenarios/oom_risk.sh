#!/bin/bash
# oom_risk.sh [--seed N] [growth|cgroup_kill]: a process that grows in a cgroup of 96 to
# 200 MiB, 5 to 20 MB/s, until it uses 95 % of it; there the incident begins.
# growth: then slowly on for 8 to 12 s, but it stays below the limit; cgroup_kill: on until
# the kernel ends it.
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/cgroup.sh"

arguments 'growth cgroup_kill' "$@"
draw max_mib 96 200
draw grow_seconds 8 13
draw hold_seconds 8 12
rate_kib=$((max_mib * 1024 / grow_seconds))
# What is left at 95 % lasts for hold_seconds, or a little more.
case $VARIANT in
growth) slow_kib=$((max_mib * 1024 * 3 / 100 / hold_seconds)) ;;
cgroup_kill) slow_kib=$((max_mib * 1024 * 8 / 100 / hold_seconds)) ;;
esac
at_most MiB "$max_mib" "$MAX_MIB"
drawn "rate_kib=$rate_kib slow_kib=$slow_kib"
need_workload
cgroup_make
cgroup_memory "$max_mib"

calm_before
hold=()
[[ $VARIANT != growth ]] || hold=(-hold "$hold_seconds")
start in_cgroup "$WORKLOAD" grow -rate "$rate_kib" -to $((max_mib + 32)) -max "$max_mib" \
	-usage "$CGROUP_USAGE" -slow "$slow_kib" -seconds 32 "${hold[@]}"
code=0
{ wait $!; } 2>/dev/null || code=$? # bash would say that it was killed
mark end oom_risk
[[ $VARIANT != cgroup_kill || $code == 137 ]] || { echo "$SCENARIO: not killed, code $code" >&2 && exit 1; }
[[ $VARIANT != growth || $code == 0 ]] || { echo "$SCENARIO: ended early, code $code" >&2 && exit 1; }
calm_after
