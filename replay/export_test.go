package replay

import "github.com/linnix-os/linnix/schema"

// Remembers says that the host still knows of a process, living or exited.
func (h *Host) Remembers(pid int64, start schema.Time) bool {
	return h.tree.find(Key{PID: pid, StartNs: int64(start) - h.meta.WallOffsetNs.Or(0)}) != nil
}
