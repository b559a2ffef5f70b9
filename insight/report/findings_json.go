package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/linnix-os/linnix/insight"
)

// findingJSON writes one object a line. The members are an interface: see the struct.
type findingJSON struct{ w io.Writer }

func (j *findingJSON) Finding(f insight.Finding) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		File     string `json:"file"`
		Line     int64  `json:"line"`
		Column   int64  `json:"column"`
		Record   string `json:"record,omitempty"`
		Instance string `json:"instance_pointer"`
		Schema   string `json:"schema_pointer,omitempty"`
		Rule     string `json:"rule,omitempty"`
		Found    string `json:"found"`
		Allowed  string `json:"allowed"`
		Hint     string `json:"did_you_mean,omitempty"`
	}{f.File, f.Line, f.Column, f.Record, f.Instance, f.Schema, f.Rule, f.Found, f.Allowed, f.Hint})
	if err != nil {
		return err
	}
	_, err = j.w.Write(line.Bytes())
	return err
}

func (j *findingJSON) End(insight.CheckSummary) error { return nil }
