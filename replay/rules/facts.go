package rules

import "fmt"

// facts are what the captures hold of that which rules look at: of several hosts, the
// most that any has.
type facts struct {
	hosts                       int
	cpus, memTotalBytes, pidMax most
	// interval is the shortest, and span the longest.
	interval, span int64
	there          inputs
	// told says for each row of whereKeys, and after them uid, whether any process had it.
	told [len(whereKeys) + 1]bool
	// matched says of each sound rule what it saw.
	matched []matches
}

// matches counts the records that a rule's where was tried on and matched, and the
// execs that its regex was.
type matches struct{ seen, passed, execs, named int64 }

// most is the largest of values, unknown as soon as one of them is.
type most struct {
	value   int64
	unknown bool
}

func (m *most) add(v int64, known bool) {
	m.unknown = m.unknown || !known || v <= 0
	m.value = max(m.value, v)
}

// known returns the value of captures that told it.
func (m most) known() (int64, bool) { return m.value, m.value > 0 && !m.unknown }

// verb begins a sentence about what was followed: the capture lacks, the captures lack.
func (f *facts) verb(verb string) string {
	if f.hosts > 1 {
		return "the captures " + verb
	}
	return "the capture " + verb + "s"
}

// addMatches adds up what the rules saw on one host.
func (f *facts) addMatches(list []matches) {
	for i, m := range list {
		to := &f.matched[i]
		*to = matches{to.seen + m.seen, to.passed + m.passed, to.execs + m.execs, to.named + m.named}
	}
}

// plural writes a count with its noun.
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
