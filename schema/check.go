package schema

import (
	"fmt"
	"strings"
	"unsafe"
)

// Check reports what keeps r from being a record of a capture: an empty type, a
// negative seq, or a required field that it lacks. Writers check on the way in what
// readers would refuse on the way out.
func (r *Record) Check() error {
	if r.Type == "" {
		return fmt.Errorf("record %d has an empty type", r.Seq)
	}
	if r.Seq < 0 {
		return fmt.Errorf("seq: want 0 or more, found %d", r.Seq)
	}
	at := r.Type.Index()
	if at < 0 {
		return nil
	}
	required, flags := requiredOf()[at], flagOffsets()
	for _, i := range required {
		// The flag settles it for all but floats and nested values, none of which is
		// required.
		if !*(*bool)(unsafe.Add(unsafe.Pointer(r), flags[i])) {
			return lackError(r, lacking(r, required))
		}
	}
	return nil
}

func lacking(r *Record, required []int) []string {
	var missing []string
	for _, i := range required {
		if f := &fieldTable[i]; !f.Present(r) {
			missing = append(missing, f.Name)
		}
	}
	return missing
}

func lackError(r *Record, missing []string) error {
	return fmt.Errorf("%s record lacks %s", Clip(string(r.Type), 40), strings.Join(missing, ", "))
}
