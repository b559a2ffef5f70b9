package replay

import "github.com/linnix-os/linnix/schema"

// Counts counts records by type. The zero value is ready.
type Counts struct {
	known   [len(schema.Types)]int64
	unknown int64
}

// Of returns the count of one type; that of all unknown types for a type which is not
// in [schema.Types].
func (c *Counts) Of(t schema.Type) int64 {
	if i := t.Index(); i >= 0 {
		return c.known[i]
	}
	return c.unknown
}

func (c *Counts) add(t schema.Type) {
	if i := t.Index(); i >= 0 {
		c.known[i]++
		return
	}
	c.unknown++
}
