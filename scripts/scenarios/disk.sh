# disk.sh: a folder on a real disk.

# disk_folder sets DISK to a folder of its own; it goes with the scenario.
disk_folder() {
	local base=${LINNIX_DISK:-/var/tmp}
	case $(stat -f -c %T "$base") in
	tmpfs | ramfs | overlayfs) skip "$base is on no disk; set LINNIX_DISK to a folder that is" ;;
	esac
	DISK=$(mktemp -d "$base/linnix-scenario.XXXXXX")
	trap 'rm -rf "$DISK"; finish' EXIT
}

# disk_cold FILE… drops files from the page cache, so that they are read from the disk.
disk_cold() {
	local file
	for file; do
		dd of="$file" oflag=nocache conv=notrunc,fdatasync count=0 status=none
	done
}
