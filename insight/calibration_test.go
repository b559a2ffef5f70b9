package insight

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// TestCalibration counts anew how many of the incidents found in the committed captures
// are right, by their distance from the thresholds. If it fails, look at what is found
// differently, and then put the counts into calibration.go.
func TestCalibration(t *testing.T) {
	incidents, normals := clearBands(calibration[:]), clearBands(normalCalibration[:])
	files, err := filepath.Glob(captureFiles)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files (error %v)", captureFiles, len(files), err)
	}
	for _, file := range files {
		label, found := judged(t, file)
		for _, in := range found {
			b := bandOf(incidents, in.peak.margin)
			if in.peak.class == schema.ClassNormal {
				b = bandOf(normals, in.peak.strength)
			}
			b.found++
			if isRight(label, in) {
				b.right++
			}
		}
	}
	if diff := cmp.Diff(calibration[:], incidents, cmp.AllowUnexported(band{})); diff != "" {
		t.Errorf("calibration (-committed +counted):\n%s", diff)
	}
	if diff := cmp.Diff(normalCalibration[:], normals, cmp.AllowUnexported(band{})); diff != "" {
		t.Errorf("normalCalibration (-committed +counted):\n%s", diff)
	}
}

func clearBands(bands []band) []band {
	var list []band
	for _, b := range bands {
		list = append(list, band{from: b.from})
	}
	return list
}

// foundIncident is an incident, and the start of its capture.
type foundIncident struct {
	*incident
	start schema.Time
}

func judged(t *testing.T, file string) (*schema.Label, []foundIncident) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "label.json"))
	if err != nil {
		t.Fatal(err)
	}
	label, err := schema.ParseLabel(text)
	if err != nil {
		t.Fatal(err)
	}
	source, err := capture.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var a Analysis
	if _, err := replay.Run(t.Context(), []replay.Source{source}, replay.Options{}, a.Handlers); err != nil {
		t.Fatal(err)
	}
	var found []foundIncident
	for _, in := range a.mergers[0].settled() {
		found = append(found, foundIncident{in, a.mergers[0].host.Start()})
	}
	return label, found
}

// isRight says that the label has an incident of the class at that time, or none at all
// for what is normal.
func isRight(label *schema.Label, found foundIncident) bool {
	if found.peak.class == schema.ClassNormal {
		return len(label.Incidents) == 0
	}
	for _, want := range label.Incidents {
		onset, end := found.start.Add(want.Onset.Std()), found.seen
		if want.End.OK {
			end = found.start.Add(want.End.V.Std())
		}
		if want.Class == found.peak.class && found.onset <= end && onset <= found.seen {
			return true
		}
	}
	return false
}
