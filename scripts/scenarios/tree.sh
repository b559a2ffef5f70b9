# tree.sh: processes that make processes, for the scenarios that are about that.

# A tree of TREE_COUNT processes besides its root, numbered as they come: process i is
# born TREE_RATE a second, i / TREE_RATE after the start, as a child of process
# (i - 1) / TREE_FANOUT. So a fanout of 1 makes a chain, 2 a binary tree, and TREE_COUNT
# a flat one, all at the same steady rate. They stay until the root closes its lifeline.
# TREE_EXEC=yes lets those without children of their own become another program.

# tree_grow makes the tree; this process is the root. It returns when all are born.
tree_grow() {
	at_most processes "$TREE_COUNT" "$MAX_PROCESSES"
	now_us
	TREE_ZERO=$NOW_US
	tree_children 0
	wait_until $((TREE_ZERO + TREE_COUNT * 1000000 / TREE_RATE))
}

# tree_children NODE starts its children, each in its time.
tree_children() {
	local child=$(($1 * TREE_FANOUT + 1)) last=$((($1 + 1) * TREE_FANOUT))
	for (( ; child <= last && child <= TREE_COUNT; child++)); do
		wait_until $((TREE_ZERO + child * 1000000 / TREE_RATE))
		tree_node "$child" &
	done
}

# tree_node is one process.
tree_node() {
	# The root's end of the lifeline must be the only one, or it would never close.
	exec {line}<"$FOLDER/lifeline" {HOLD}>&-
	HOLD=$line
	tree_children "$1"
	if [[ -n $TREE_EXEC ]] && (($1 * TREE_FANOUT + 1 > TREE_COUNT)); then
		exec cat <&"$line" {line}<&-
	fi
	read -r -t "$MAX_SECONDS" -u "$line" || true
	exit 0
}

# tree_end lets all of the tree go, and gives those that are not its children the time to.
tree_end() {
	exec {HOLD}>&-
	exec {HOLD}<>"$FOLDER/lifeline"
	wait
	pause_ms 500
}
