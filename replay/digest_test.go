package replay_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

func TestDigestIsOfAlertsThenSnapshots(t *testing.T) {
	var alerts, snapshots bytes.Buffer
	d := replay.NewDigest()
	for i := range int64(3) {
		line, err := d.WriteSnapshot(&schema.Snapshot{WindowNs: i})
		if err != nil {
			t.Fatal(err)
		}
		snapshots.Write(line)
		if line, err = d.WriteAlert(&schema.Alert{Rule: "r", WindowNs: i}); err != nil {
			t.Fatal(err)
		}
		alerts.Write(line)
	}
	got, err := d.Sum()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(alerts.Bytes(), snapshots.Bytes()...))
	if want := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := bytes.Count(alerts.Bytes(), []byte("\n")); n != 3 {
		t.Errorf("%d alert lines, want 3", n)
	}
}

func TestDigestOfNothing(t *testing.T) {
	got, err := replay.NewDigest().Sum()
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if err != nil || got != empty {
		t.Errorf("got %s, %v; want that of no bytes", got, err)
	}
}
