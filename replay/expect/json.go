package expect

import (
	"bytes"
	"encoding/json"
	"io"
)

// writeJSON writes one case a line. The members are an interface: see [Case].
func writeJSON(w io.Writer, s *Suite) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for i := range s.Cases {
		if err := encoder.Encode(&s.Cases[i]); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
