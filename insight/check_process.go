package insight

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// processInContext holds that the named process can be found in the evidence. Whoever
// wrote the record may have named it by comm, escaped or not, by its program, or by its
// pid: what is asked is that a reader finds it.
func processInContext(r *schema.DatasetRecord) []schema.Problem {
	name := r.Insight.PrimaryProcess
	if name == nil {
		return nil
	}
	summary, err := schema.ParseTelemetrySummary(r.Context.TelemetrySummary)
	if err != nil || processesOf(r, summary).hold(*name) {
		return nil
	}
	return []schema.Problem{{
		Instance: "/insight/primary_process",
		Found:    quote(*name) + ", which the context does not name",
		Allowed:  "a process of the telemetry summary, the facts, the process table or the incident: its escaped comm",
	}}
}

// processIsPrimary holds that verdict and evidence do not blame two processes: where the
// incident has a primary process, the verdict may not have the name of another process in
// the evidence.
func processIsPrimary(r *schema.DatasetRecord) []schema.Problem {
	name, in := r.Insight.PrimaryProcess, r.Context.Incident
	if name == nil || in == nil || in.Primary == nil || in.Primary.Comm == "" {
		return nil
	}
	var primary, others namedProcesses
	primary.add(in.Primary.PID, in.Primary.Comm, in.Primary.Exe, in.Primary.Argv)
	for _, row := range r.Context.ProcessTable {
		if row.PID == in.Primary.PID {
			primary.add(row.PID, row.Comm, "", row.Args)
		} else {
			others.names = append(others.names, row.Comm)
		}
	}
	for _, c := range in.Candidates {
		if c.PID != in.Primary.PID {
			others.names = append(others.names, c.Comm)
		}
	}
	if primary.hold(*name) || !others.hold(*name) {
		return nil
	}
	return []schema.Problem{{
		Instance: "/insight/primary_process",
		Found:    quote(*name) + ", which is another process",
		Allowed:  fmt.Sprintf("the incident's primary process: %s, pid %d", quote(schema.EscapeComm(in.Primary.Comm)), in.Primary.PID),
	}}
}

// namedProcesses are the names under which a context speaks of processes.
type namedProcesses struct {
	// names are comms, programs and pids; texts may name a process amid other words.
	names, texts []string
}

func processesOf(r *schema.DatasetRecord, s *schema.TelemetrySummary) *namedProcesses {
	n := &namedProcesses{texts: []string{s.RSS, s.Words}}
	n.names = append(n.names, s.Top...)
	if s.Tree != nil {
		n.add(s.Tree.PID, s.Tree.Comm, "", nil)
	}
	for _, row := range r.Context.ProcessTable {
		n.add(row.PID, row.Comm, "", row.Args)
	}
	for _, f := range r.Context.Facts {
		n.addFact(f)
	}
	if in := r.Context.Incident; in != nil {
		n.addIncident(in)
	}
	return n
}

func (n *namedProcesses) add(pid int64, comm, exe string, argv []string) {
	n.names = append(n.names, strconv.FormatInt(pid, 10), comm)
	if exe != "" {
		n.names = append(n.names, exe, path.Base(exe))
	}
	for _, arg := range argv {
		n.names = append(n.names, arg, path.Base(arg))
	}
}

func (n *namedProcesses) addIncident(in *schema.Incident) {
	if p := in.Primary; p != nil {
		n.add(p.PID, p.Comm, p.Exe, p.Argv)
	}
	for _, c := range in.Candidates {
		n.add(c.PID, c.Comm, c.Exe, c.Argv)
	}
}

func (n *namedProcesses) addFact(f schema.Fact) {
	n.texts = append(n.texts, f.Text)
	switch value := f.Value.(type) {
	case string:
		n.texts = append(n.texts, value)
	case float64:
		n.names = append(n.names, strconv.FormatFloat(value, 'f', -1, 64))
	}
}

// pidIn finds the pid in a name such as 4412, "pid 4412", java[4412] and "java (4412)".
var pidIn = regexp.MustCompile(`(?:^|\bpid[ =:]?|[\[(])([0-9]+)[\])]?$`)

// hold says that the name, or a pid in it, is among the names or a word of a text.
func (n *namedProcesses) hold(name string) bool {
	wanted := []string{name}
	if plain, err := schema.UnescapeComm(name); err == nil {
		wanted = append(wanted, plain)
	}
	if pid := pidIn.FindStringSubmatch(name); pid != nil {
		wanted = append(wanted, pid[1])
	}
	return slices.ContainsFunc(wanted, func(w string) bool {
		return slices.Contains(n.names, w) || slices.ContainsFunc(n.texts, func(text string) bool { return hasWord(text, w) })
	})
}

// hasWord says that word stands in text and is not a part of a longer one.
func hasWord(text, word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; word != ""; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			break
		}
		begin, end := from+at, from+at+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !(inWord(before) && inWord(first)) && !(inWord(last) && inWord(after)) {
			return true
		}
		from = begin + size
	}
	return false
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-')
}
