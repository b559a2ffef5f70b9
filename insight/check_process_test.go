package insight

import (
	"slices"
	"strings"
	"testing"
)

// TestProcessInContext holds that a process counts as named wherever a reader finds it.
func TestProcessInContext(t *testing.T) {
	const noon = `"2026-11-22T12:00:00.000000000Z"`
	const incident = `"incident":{"onset":` + noon + `,"primary":{"pid":77,"start_time":` + noon + `,"comm":"Web Content","exe":"/opt/fire fox/firefox-bin","argv":["/usr/bin/firefox","--new"]},"candidates":[{"pid":88,"comm":"gcc"}]}`
	const facts = `"facts":[{"id":"f1","text":"pid 4412 (java.bin) used 99 % of a core"},{"id":"f2","text":"busiest","value":"perl"},{"id":"f3","text":"its pid","value":4413}]`
	const table = `"process_table":[{"pid":5,"comm":"cc1","args":["/usr/lib/gcc/cc1plus","-O2"]}]`
	const summary = `w=5 eps=1 frk=0 exe=0 ext=0 top=Xorg rss=mutter:12.3%,9:tracker:1.0% tree=pid=31 comm=a%20b ppid=1; nginx waits`
	context := strings.NewReplacer("w=5 eps=1 frk=0 exe=0 ext=0 top=java tree=n/a", summary,
		`"kb_snippets":[]`, `"kb_snippets":[],`+facts+","+table+","+incident).Replace(checkedRecord("a"))
	tests := []struct {
		name  string
		named bool
	}{
		{"Web%20Content", true}, {"Web Content", true}, {"firefox", true}, {"/usr/bin/firefox", true},
		{"firefox-bin", true}, {"/opt/fire fox/firefox-bin", true}, {"gcc", true}, {"77", true}, {"pid 88", true}, {"gcc (88)", true}, {"gcc[88]", true},
		{"cc1", true}, {"cc1plus", true}, {"5", true}, {"pid=5", true},
		{"java", true}, {"java.bin", true}, {"4412", true}, {"perl", true}, {"4413", true},
		{"Xorg", true}, {"mutter", true}, {"tracker", true}, {"a%20b", true}, {"a b", true}, {"31", true}, {"nginx", true},
		{"ngin", false}, {"jav", false}, {"441", false}, {"pid 6", false}, {"python", false}, {"worker-5", false}, {"%2", false},
	}
	for _, tt := range tests {
		got, _ := check(t, "a.jsonl", strings.Replace(context, `"primary_process":"java"`, `"primary_process":"`+tt.name+`"`, 1))
		named := !slices.ContainsFunc(got, func(f string) bool { return strings.HasSuffix(f, " process-in-context") })
		if named != tt.named {
			t.Errorf("%q is named: %v, want %v: %q", tt.name, named, tt.named, got)
		}
	}
}

// TestProcessIsPrimary holds that a verdict may name the primary process in any way, and
// what no other process is called, but no other process.
func TestProcessIsPrimary(t *testing.T) {
	for _, tt := range []struct {
		name  string
		right bool
	}{
		{"java", true}, {"4412", true}, {"java (4412)", true}, {"java[4412]", true}, {"pid 4412", true}, {"-jar", true},
		{"free", true}, {"busy", true}, // words of the context: nothing says whose they are
		{"gcc", false}, {"web%20server", false}, {"web server", false},
	} {
		text := strings.NewReplacer(
			`"process_table":[`, `"process_table":[{"pid":5,"comm":"web server"},`,
			`"candidates":[`, `"candidates":[{"pid":88,"comm":"gcc"},`,
			`"primary_process":"java"`, `"primary_process":"`+tt.name+`"`).Replace(goodRecord())
		got, _ := check(t, "a.jsonl", text)
		wrong := len(got) == 1 && strings.HasSuffix(got[0], "/insight/primary_process process-is-primary")
		if len(got) > 1 || tt.right != (len(got) == 0) || !tt.right && !wrong {
			t.Errorf("%q: %q, want right %v", tt.name, got, tt.right)
		}
	}
	// Where the incident's process has no comm, nothing can be compared.
	text := strings.NewReplacer(`"comm":"java","exe":"/usr/bin/java","argv":["java"]`, `"exe":"/usr/bin/python3"`,
		`"primary_process":"java"`, `"primary_process":"gcc"`, `"candidates":[`, `"candidates":[{"pid":88,"comm":"gcc"},`).Replace(goodRecord())
	if got, _ := check(t, "a.jsonl", text); len(got) > 0 {
		t.Errorf("without a comm: %q", got)
	}
}
