# tree.sh: processes that make processes, for the scenarios that are about that.

# tree_grow COUNT RATE FANOUT EXEC makes a tree of COUNT processes below this one, and
# returns when all are born. Process i comes i / RATE seconds after the start, as a child
# of process (i - 1) / FANOUT: a fanout of 1 makes a chain, 2 a binary tree, and COUNT a
# flat one, all at the same steady rate. They stay until the root closes its lifeline.
# EXEC 1 lets those without children of their own become another program.
tree_grow() {
	at_most processes "$1" "$MAX_PROCESSES"
	tree_count=$1 tree_rate=$2 tree_fanout=$3 tree_exec=$4
	now_us
	tree_zero=$NOW_US
	tree_children 0
	wait_until $((tree_zero + tree_count * 1000000 / tree_rate))
}

# tree_children NODE starts its children, each in its time.
tree_children() {
	local child=$(($1 * tree_fanout + 1)) last=$((($1 + 1) * tree_fanout))
	for (( ; child <= last && child <= tree_count; child++)); do
		wait_until $((tree_zero + child * 1000000 / tree_rate))
		tree_node "$child" &
	done
}

# tree_node NODE is one process.
tree_node() {
	# The root must be the only one that holds the lifeline open, or it would never close.
	if [[ -n $LIFELINE ]]; then
		exec {line}<"$FOLDER/lifeline"
		let_go
		PAUSE=$line
	fi
	tree_children "$1"
	if ((tree_exec && $1 * tree_fanout + 1 > tree_count)); then
		exec cat <&"$line" {line}<&-
	fi
	read -r -t "$MAX_SECONDS" -u "$line" || true
	exit 0
}

# tree_end lets all of the tree go, and gives those that are not its children the time to.
tree_end() {
	let_go
	wait
	pause_ms 500
}
