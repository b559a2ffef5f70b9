package insight

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// emittedMembers are the members that every record of ours carries, by the pointer of
// their object, in which * is any element. The schema asks for less of others.
var emittedMembers = map[string]string{
	"":                                 "id version source context insight",
	"/source":                          "type notes capture",
	"/context":                         "telemetry_summary events_per_sec kb_snippets window facts process_table incident",
	"/context/window":                  "from to",
	"/context/facts/*":                 "id text value unit",
	"/context/process_table/*":         "pid ppid start_time comm args cpu_percent",
	"/context/incident":                "onset end severity primary candidates alternatives unknown_inputs",
	"/context/incident/primary":        "pid start_time comm",
	"/context/incident/blast_radius":   "processes cgroups victims text",
	"/context/incident/candidates/*":   "pid start_time comm share",
	"/context/incident/alternatives/*": "class why_not",
	"/insight":                         "class confidence primary_process why actions",
}

// emittedForms are the forms of values that the schema leaves open.
var emittedForms = map[string]*regexp.Regexp{
	"/id":                    regexp.MustCompile(`^"[a-z_]+-[0-9a-f]{16}"$`),
	"/version":               regexp.MustCompile(`^"v1\.0"$`),
	"/source/capture":        regexp.MustCompile(`^"capture-[0-9a-f]{16}"$`),
	"/context/facts/*/id":    regexp.MustCompile(`^"f[1-9][0-9]*"$`),
	"/context/facts/*/value": regexp.MustCompile(`^-?[0-9][0-9.e+-]*$`),
}

// missingMembers lists what a record lacks of those, or has in another form.
func missingMembers(t testing.TB, text []byte) []string {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var missing []string
	walkMembers(tree, "", "", func(place, at string, node any) {
		if members, isObject := node.(map[string]any); isObject {
			for _, name := range strings.Fields(emittedMembers[place]) {
				if _, ok := members[name]; !ok {
					missing = append(missing, at+"/"+name)
				}
			}
		}
		value, _ := json.Marshal(node)
		if form := emittedForms[place]; form != nil && !form.Match(value) {
			missing = append(missing, at)
		}
	})
	return missing
}

func walkMembers(node any, place, at string, visit func(place, at string, node any)) {
	visit(place, at, node)
	switch node := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			walkMembers(node[name], place+"/"+name, at+"/"+name, visit)
		}
	case []any:
		for i, element := range node {
			walkMembers(element, place+"/*", at+"/"+strconv.Itoa(i), visit)
		}
	}
}

// TestMissingMembers holds that the scenarios, which all go through missingMembers,
// would show what is missing.
func TestMissingMembers(t *testing.T) {
	text, err := mixed().analyze(t)[0].AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	lacking := strings.NewReplacer(`"notes":"linnix insight",`, "", `"unknown_inputs":[]`, `"more":[]`, `"version":"v1.0"`, `"version":1`, `"id":"f1"`, `"id":"F1"`).Replace(string(text))
	want := []string{"/context/facts/0/id", "/context/incident/unknown_inputs", "/source/notes", "/version"}
	if diff := cmp.Diff(want, missingMembers(t, []byte(lacking))); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
