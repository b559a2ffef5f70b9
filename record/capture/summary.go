package capture

import (
	"errors"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// Summary is what one pass over a capture tells of it.
type Summary struct {
	// Status says how complete it is and how many records it has.
	Status
	// Counts has the number of records of each type.
	Counts map[schema.Type]int64
	// From and To are the earliest and latest time of a record.
	From, To schema.Time
	// Bytes is the size of the files; 0 for a pipe.
	Bytes int64
	// Meta is the meta record.
	Meta schema.Record
	// End is the end record; nil in an unfinished capture.
	End *schema.Record
}

// Summarise reads src to its end. It does not close it.
func Summarise(src *Source) (*Summary, error) {
	sum := &Summary{Counts: make(map[schema.Type]int64)}
	for first := true; ; first = false {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			sum.Status, sum.Bytes = src.Status(), src.Bytes()
			return sum, nil
		}
		if err != nil {
			return nil, err
		}
		if first {
			sum.Meta, sum.From, sum.To = *r, r.Time, r.Time
		}
		sum.add(r)
	}
}

func (s *Summary) add(r *schema.Record) {
	s.Counts[r.Type]++
	s.From, s.To = min(s.From, r.Time), max(s.To, r.Time)
	if r.Type == schema.TypeEnd {
		end := *r
		s.End = &end
	}
}
