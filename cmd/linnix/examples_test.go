package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/schema"
)

// What the dataset must hold at least.
const (
	minExamples         = 50
	minRecordedExamples = 35
	minClassExamples    = 5
	minNormalExamples   = 10
)

// TestDatasetExamples holds that the context of each example is what its recipe gives,
// byte for byte. The recipe is the command line, typed at the root of the repository,
// that makes the record; the words in it are reviewed, and kept by -update.
func TestDatasetExamples(t *testing.T) {
	made := map[string][]schema.DatasetRecord{}
	for file, examples := range readExamples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var b []byte
			for i := range examples {
				r := &examples[i]
				recipe := r.Source.Recipe
				if made[recipe] == nil {
					made[recipe] = makeExamples(t, recipe)
				}
				remade := remake(t, r, made[recipe])
				var err error
				if b, err = remade.AppendJSON(b); err != nil {
					t.Fatal(err)
				}
				b = append(b, '\n')
			}
			if *update {
				if err := os.WriteFile(file, b, 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want := readText(t, file); want != string(b) {
				t.Errorf("%s is not what its recipes give; go test ./cmd/linnix -run TestDatasetExamples -update, and look at the difference", file)
			}
		})
	}
}

// remake returns the record that the recipe makes now, with the words of the example.
// If the ids have changed, it is the only one of the class.
func remake(t *testing.T, example *schema.DatasetRecord, made []schema.DatasetRecord) *schema.DatasetRecord {
	t.Helper()
	at := slices.IndexFunc(made, func(r schema.DatasetRecord) bool { return r.ID == example.ID })
	if at < 0 && *update {
		at = slices.IndexFunc(made, func(r schema.DatasetRecord) bool { return r.Insight.Class == example.Insight.Class })
	}
	if at < 0 {
		t.Fatalf("%s: its recipe makes no such record: %s", example.ID, example.Source.Recipe)
	}
	r := made[at]
	r.Source.Type, r.Source.Notes, r.Source.Recipe = example.Source.Type, example.Source.Notes, example.Source.Recipe
	r.Insight.Why, r.Insight.Actions = example.Insight.Why, example.Insight.Actions
	return &r
}

// makeExamples carries out a recipe: commands of linnix, each reading what the one before
// prints.
func makeExamples(t *testing.T, recipe string) []schema.DatasetRecord {
	t.Helper()
	var out []byte
	for command := range strings.SplitSeq(recipe, " | ") {
		words := strings.Fields(command)
		if len(words) < 2 || words[0] != "linnix" {
			t.Fatalf("recipe %q: each command must be one of linnix", recipe)
		}
		if words[1] == "insight" {
			words = append(words, "--format", "json")
		}
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Stdin = "../..", bytes.NewReader(out)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		var err error
		if out, err = cmd.Output(); err != nil {
			t.Fatalf("recipe %q: %v\n%s", recipe, err, stderr.String())
		}
	}
	return parseExamples(t, recipe, out)
}

// TestDatasetIsLarge holds what the dataset promises: how many records of which class,
// most of them recorded, each in the file of its class.
func TestDatasetIsLarge(t *testing.T) {
	classes, recorded, all := map[schema.Class]int{}, 0, 0
	for file, examples := range readExamples(t) {
		for _, r := range examples {
			all++
			classes[r.Insight.Class]++
			if r.Source.Type == schema.SourceRecorded {
				recorded++
			}
			if want := string(r.Insight.Class) + ".jsonl"; filepath.Base(file) != want {
				t.Errorf("%s: %s stands in %s", want, r.ID, filepath.Base(file))
			}
		}
	}
	if all < minExamples || recorded < minRecordedExamples {
		t.Errorf("%d records, %d of them recorded; want %d and %d", all, recorded, minExamples, minRecordedExamples)
	}
	for _, class := range insight.Classes() {
		least := minClassExamples
		if class == schema.ClassNormal {
			least = minNormalExamples
		}
		if classes[class] < least {
			t.Errorf("%d records of %s, want %d", classes[class], class, least)
		}
	}
}

// TestDatasetWords holds that somebody has looked at the words of each record, and that
// no two say the same, whatever the figures in them.
func TestDatasetWords(t *testing.T) {
	whys := map[string]string{}
	for _, examples := range readExamples(t) {
		for _, r := range examples {
			if !strings.Contains(r.Source.Notes, "reviewed") || strings.Contains(r.Source.Notes, "to be reviewed") {
				t.Errorf("%s: notes %q do not say that its words were reviewed", r.ID, r.Source.Notes)
			}
			why := strings.Map(func(r rune) rune {
				if unicode.IsDigit(r) {
					return -1
				}
				return unicode.ToLower(r)
			}, r.Insight.Why)
			if other, known := whys[why]; known {
				t.Errorf("%s says the same as %s: %q", r.ID, other, r.Insight.Why)
			}
			whys[why] = r.ID
		}
	}
}

// readExamples returns the records of each file of the dataset.
func readExamples(t *testing.T) map[string][]schema.DatasetRecord {
	t.Helper()
	examples := map[string][]schema.DatasetRecord{}
	for _, file := range mustGlob(t, "../../datasets/examples/*.jsonl") {
		examples[file] = parseExamples(t, file, []byte(readText(t, file)))
	}
	return examples
}

func parseExamples(t *testing.T, name string, text []byte) []schema.DatasetRecord {
	t.Helper()
	var list []schema.DatasetRecord
	for line := range bytes.Lines(text) {
		r, err := schema.ParseDatasetRecord(line)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, *r)
	}
	return list
}
