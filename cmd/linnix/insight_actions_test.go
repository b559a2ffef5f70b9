package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/schema"
)

// destructive is what no command that is suggested may hold.
var destructive = regexp.MustCompile(`-9\b|KILL|TERM|\brm\b|reboot|shutdown|drop_caches|systemctl (stop|kill)|[;|&$\n]`)

// TestDatasetActions holds that whatever is suggested for a labelled capture is of the
// catalogue, and destroys nothing.
func TestDatasetActions(t *testing.T) {
	for _, folder := range mustGlob(t, captureFolders) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			records, _ := analyze(t, captureIn(t, folder))
			for _, r := range records {
				if incident := r.Insight.Class != schema.ClassNormal; incident != (len(r.Insight.Actions) >= 2) {
					t.Errorf("%s: %d actions", r.Insight.Class, len(r.Insight.Actions))
				}
				for _, text := range r.Insight.Actions {
					_, command, _ := strings.Cut(text, ": ")
					if !insight.IsCatalogueAction(r.Insight.Class, text) || destructive.MatchString(command) {
						t.Errorf("%s: %q", r.Insight.Class, text)
					}
				}
			}
		})
	}
}
