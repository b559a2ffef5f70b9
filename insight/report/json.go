package report

import (
	"io"

	"github.com/linnix-os/linnix/schema"
)

// writeJSON writes one dataset record a line.
func writeJSON(w io.Writer, records []schema.DatasetRecord, _ Options) error {
	var line []byte
	for i := range records {
		var err error
		if line, err = records[i].AppendJSON(line[:0]); err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
