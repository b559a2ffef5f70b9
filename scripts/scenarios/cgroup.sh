# cgroup.sh: a cgroup of the scenario's own, under v1 or v2.

readonly CGROUP_ROOT=/sys/fs/cgroup
CGROUP_FOLDERS=()

# cgroup_make makes it, of the same path under each controller, as container managers do.
cgroup_make() {
	local controller folder
	CGROUP=linnix-scenario-$$
	if [[ -e $CGROUP_ROOT/cgroup.controllers ]]; then
		echo '+cpu +memory +pids' >"$CGROUP_ROOT/cgroup.subtree_control" 2>/dev/null || true
		CGROUP_FOLDERS=("$CGROUP_ROOT/$CGROUP")
	else
		for controller in memory cpu cpuacct pids; do
			folder=$CGROUP_ROOT/$controller
			[[ ! -d $folder ]] || CGROUP_FOLDERS+=("$folder/$CGROUP")
		done
	fi
	((${#CGROUP_FOLDERS[@]} > 0)) || skip "no cgroups are mounted under $CGROUP_ROOT"
	mkdir -p "${CGROUP_FOLDERS[@]}" 2>/dev/null || skip 'making a cgroup is not permitted; run it as root'
}

# cgroup_set FILE VALUE… writes the first of the files that is there: v2's name, v1's.
cgroup_set() {
	local folder
	while (($# > 1)); do
		for folder in "${CGROUP_FOLDERS[@]}"; do
			if [[ -e $folder/$1 ]]; then
				echo "$2" >"$folder/$1"
				return
			fi
		done
		shift 2
	done
	skip "the kernel has no $1 for cgroups"
}

# cgroup_memory MIB limits its memory, without swap, and sets CGROUP_USAGE to the file with its use.
cgroup_memory() {
	cgroup_set memory.max $(($1 << 20)) memory.limit_in_bytes $(($1 << 20))
	local folder
	for folder in "${CGROUP_FOLDERS[@]}"; do
		[[ ! -e $folder/memory.swap.max ]] || echo 0 >"$folder/memory.swap.max"
		[[ ! -e $folder/memory.swappiness ]] || echo 0 >"$folder/memory.swappiness"
		for CGROUP_USAGE in "$folder/memory.current" "$folder/memory.usage_in_bytes"; do
			[[ ! -e $CGROUP_USAGE ]] || return 0
		done
	done
}

# cgroup_cpu PERCENT limits it to that part of a core.
cgroup_cpu() { cgroup_set cpu.max "$(($1 * 1000)) 100000" cpu.cfs_quota_us $(($1 * 1000)); }

# in_cgroup COMMAND… becomes the command, in the cgroup: for start, or in a subshell.
in_cgroup() {
	local folder
	for folder in "${CGROUP_FOLDERS[@]}"; do
		echo "$BASHPID" >"$folder/cgroup.procs"
	done
	exec "$@"
}

# cgroup_remove ends what is still in it, by pid, and removes it.
cgroup_remove() {
	local folder pid try
	for folder in "${CGROUP_FOLDERS[@]}"; do
		# It may be missing where making it was not permitted.
		for ((try = 0; try < 20; try++)); do
			[[ -d $folder ]] || break
			while read -r pid; do
				kill -9 "$pid" 2>/dev/null || true
			done <"$folder/cgroup.procs"
			! rmdir "$folder" 2>/dev/null || break
			sleep 0.1
		done
	done
}
