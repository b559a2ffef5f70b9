package record

import (
	"os"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// takeOOM queues the choice of an OOM victim. In ring order it stands before the
// victim's exit.
func (r *recorder) takeOOM(e *bpf.OOMEvent) error {
	if r.bornAtTheEnd(&e.Process) {
		r.filtered[schema.TypeOOM]++
		return nil
	}
	r.decoder.oom(&r.queue.push().record, e)
	return nil
}

func (d *decoder) oom(r *schema.Record, e *bpf.OOMEvent) {
	r.Type, r.Time = schema.TypeOOM, d.clock.wall(e.Header.TimeNs)
	d.process(r, &e.Process)
	if e.RssPages > 0 {
		r.RSSBytes.Set(int64(e.RssPages) * int64(os.Getpagesize()))
	}
}
