package record

import "github.com/linnix-os/linnix/schema"

// endBytes is what the records of the end take, beside a task for each live process.
const endBytes = 4 << 10

// limitReached says which limit of the options the capture has reached, if any. It stays
// reached, though a size is an estimate that may fall again: what has come since is left
// out, so the recording must end.
func (r *recorder) limitReached() StopReason {
	switch {
	case r.limit != "":
	case r.opts.MaxEvents > 0 && r.events >= r.opts.MaxEvents:
		r.limit = StopMaxEvents
	case r.opts.MaxSizeBytes > 0 && r.w.Size()+r.closingBytes() >= r.opts.MaxSizeBytes:
		r.limit = StopMaxSize
	}
	return r.limit
}

// markBegun remembers what the capture takes and how many processes it has once it has
// begun.
func (r *recorder) markBegun() { r.beganBytes, r.beganLive = r.w.Size(), int64(r.table.alive) }

// closingBytes estimates what the end of the capture takes: each live process is told
// once more, as at the beginning.
func (r *recorder) closingBytes() int64 {
	return endBytes + r.beganBytes*int64(r.table.alive)/max(1, r.beganLive)
}

// isEvent says whether the end record accounts for records of the type.
func isEvent(t schema.Type) bool {
	for _, e := range eventTypes {
		if e.name == t {
			return true
		}
	}
	return false
}
