package expect

import (
	"strconv"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema/document"
)

// maxComm is the longest name that the kernel keeps of a process.
const maxComm = 15

// placeKey names a process of a timeline: the n-th of a name.
type placeKey struct {
	comm string
	n    int64
}

// never is later than any moment of a timeline.
const never = time.Duration(1 << 62)

// process is one of a timeline.
type process struct {
	pid    int64
	comm   string
	argv   []string
	parent *process
	// birth is before 0 for one that is there from the start; end is never for one that
	// is there at the end; reaped is that of a zombie.
	birth, end, reaped time.Duration
	lastChild          time.Duration // when it was born
	killed             bool
	mentioned          document.Node // with its parent
	cpu, rss           []ramp
	index              int
}

// newNamed makes a process that is there from the start.
func newNamed(comm string) *process {
	return &process{comm: comm, argv: []string{comm}, birth: -1, end: never, reaped: never}
}

// under takes 'under bash', and in takes 'in worker'.
func (p *parser) under() *process { p.want("under"); return p.place() }
func (p *parser) in() *process    { p.want("in"); return p.place() }

// place takes the name of a process and of what it is under: worker under make under
// bash. The first mention that tells a parent decides.
func (p *parser) place() *process {
	w := p.next("the name of a process")
	if p.failed {
		return nil
	}
	key, ok := parsePlace(w)
	if !ok {
		p.fail(&w.node, "want the name of a process of at most %d bytes such as bash or worker#2, found %s", maxComm, document.Quote(w.text))
		return nil
	}
	proc := p.processOf(key, w)
	if !p.take("under") {
		return proc
	}
	parent := p.place()
	switch {
	case p.failed:
	case proc == p.init || proc == p.kthreadd:
		p.fail(&w.node, "%s is under nothing", proc.comm)
	case proc.parent != nil && proc.parent != parent:
		p.fail(&w.node, "%s stands under %s on line %d; a second one is %s#2", w.text, proc.parent.comm, proc.mentioned.Line, key.comm)
	case parent.within(proc):
		p.fail(&w.node, "%s would stand under itself", w.text)
	default:
		proc.parent, proc.mentioned = parent, w.node
	}
	return proc
}

func (p *process) within(root *process) bool {
	for q := p; q != nil; q = q.parent {
		if q == root {
			return true
		}
	}
	return false
}

func parsePlace(w word) (placeKey, bool) {
	comm, number, numbered := strings.Cut(w.text, "#")
	key := placeKey{comm: comm, n: 1}
	if numbered {
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || n < 1 {
			return key, false
		}
		key.n = n
	}
	return key, comm != "" && len(comm) <= maxComm && !w.quoted
}

// processOf finds a process by its name, or makes it.
func (c *compiler) processOf(key placeKey, w word) *process {
	switch key {
	case placeKey{"init", 1}:
		return c.init
	case placeKey{"kthreadd", 1}:
		return c.kthreadd
	}
	proc := c.places[key]
	if proc == nil {
		proc = newNamed(key.comm)
		proc.mentioned = w.node
		c.places[key] = proc
		c.timeline.named = append(c.timeline.named, proc)
	}
	return proc
}
