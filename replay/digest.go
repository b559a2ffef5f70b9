package replay

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// Digest is the SHA-256 of a replay's alert lines followed by its snapshot lines, each
// ended by a newline. Alerts are hashed as they come; snapshots come in between but
// count after all of them, so their lines are kept, compressed, until Sum: about a
// tenth of their size. It is not safe for concurrent use.
type Digest struct {
	alerts    hash.Hash
	kept      bytes.Buffer
	snapshots *flate.Writer
	line      []byte
}

// NewDigest returns the digest of nothing yet.
func NewDigest() *Digest {
	d := &Digest{alerts: sha256.New()}
	// The only error is a level that does not exist.
	d.snapshots, _ = flate.NewWriter(&d.kept, flate.BestSpeed)
	return d
}

// WriteAlert adds an alert and returns its line, valid until the next call.
func (d *Digest) WriteAlert(a *schema.Alert) ([]byte, error) {
	line, err := a.AppendJSON(d.line[:0])
	if err != nil {
		return nil, err
	}
	d.line = append(line, '\n')
	d.alerts.Write(d.line)
	return d.line, nil
}

// WriteSnapshot adds a snapshot and returns its line, valid until the next call.
func (d *Digest) WriteSnapshot(s *schema.Snapshot) ([]byte, error) {
	line, err := s.AppendJSON(d.line[:0])
	if err != nil {
		return nil, err
	}
	d.line = append(line, '\n')
	if _, err := d.snapshots.Write(d.line); err != nil {
		return nil, fmt.Errorf("keep snapshot for the digest: %w", err)
	}
	return d.line, nil
}

// Sum returns the digest in hex. Nothing can be written afterwards.
func (d *Digest) Sum() (string, error) {
	if err := d.snapshots.Close(); err != nil {
		return "", fmt.Errorf("close the digest: %w", err)
	}
	if _, err := io.Copy(d.alerts, flate.NewReader(&d.kept)); err != nil {
		return "", fmt.Errorf("read back the digest's snapshots: %w", err)
	}
	return hex.EncodeToString(d.alerts.Sum(nil)), nil
}
