package report

import (
	"io"

	"github.com/linnix-os/linnix/schema"
)

// writeScoreJSON writes the score as one line.
func writeScoreJSON(w io.Writer, s *schema.Score) error {
	line, err := s.AppendJSON(nil)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
