package capture

import (
	"unsafe"

	"github.com/linnix-os/linnix/schema"
)

// slot is where in a record the plain value of a column stands. Reading goes by slots
// because two calls for each value would take longer than all else. The zero slot is
// none.
type slot struct {
	kind   slotKind
	offset uintptr
}

type slotKind uint8

const (
	noSlot slotKind = iota
	intSlot
	textSlot
)

// intSlotOf returns the slot of a field of integers.
func intSlotOf(f *schema.Field) slot {
	r := new(schema.Record)
	return slot{intSlot, uintptr(unsafe.Pointer(f.Int(r))) - uintptr(unsafe.Pointer(r))}
}

// textSlotOf returns the slot of a field of text.
func textSlotOf(f *schema.Field) slot {
	r := new(schema.Record)
	return slot{textSlot, uintptr(unsafe.Pointer(f.Text(r))) - uintptr(unsafe.Pointer(r))}
}

func (s slot) int(r *schema.Record) *schema.Opt[int64] {
	return (*schema.Opt[int64])(unsafe.Add(unsafe.Pointer(r), s.offset))
}

func (s slot) text(r *schema.Record) *schema.Opt[string] {
	return (*schema.Opt[string])(unsafe.Add(unsafe.Pointer(r), s.offset))
}
