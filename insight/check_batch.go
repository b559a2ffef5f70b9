package insight

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// Limits of a batch: it is judged when it has reached one of them.
const (
	maxBatchValues = 4096
	maxBatchBytes  = 512 << 10
)

// judgement is what one value alone shows.
type judgement struct {
	document schema.Document
	// id is the record's, or empty, and key stands for it.
	id       string
	key      idKey
	findings []Finding
}

// idKey is the hash of an id: the ids of millions of records have to be remembered.
type idKey [16]byte

func keyOf(id string) idKey {
	sum := sha256.Sum256([]byte(id))
	return idKey(sum[:])
}

// batch is a run of values of one file, with copies of their texts.
type batch struct {
	values []value
	texts  []byte
	ends   []int
}

// add takes a value in, and says whether there is room for another.
func (b *batch) add(v value) bool {
	b.texts = append(b.texts, v.text...)
	b.values, b.ends = append(b.values, v), append(b.ends, len(b.texts))
	return len(b.values) < maxBatchValues && len(b.texts) < maxBatchBytes
}

// all returns the values; they are good until the batch is emptied.
func (b *batch) all() []value {
	begin := 0
	for i, end := range b.ends {
		b.values[i].text = b.texts[begin:end:end]
		begin = end
	}
	return b.values
}

func (b *batch) empty() {
	b.values, b.texts, b.ends = b.values[:0], b.texts[:0], b.ends[:0]
}

// settle judges the values of the batch, each for itself, and then takes them in in
// their order.
func (c *Checker) settle(file string) {
	values := c.batch.all()
	c.judged = slices.Grow(c.judged[:0], len(values))[:len(values)]
	c.each(len(values), func(i int) { c.judged[i] = c.judge(values[i]) })
	for i, v := range values {
		c.take(file, v, c.judged[i])
	}
	c.batch.empty()
}

// judge looks at one value alone; it is safe for concurrent use.
func (c *Checker) judge(v value) judgement {
	if v.broken != nil {
		return judgement{findings: []Finding{{Rule: ruleSyntax, Problem: *v.broken}}}
	}
	j, ok := c.known.recognize(v.text)
	if !ok {
		j = examine(v.text)
	}
	if j.id != "" {
		j.key = keyOf(j.id)
	}
	return j
}

// take counts a value, holds its id against those before, and reports its findings.
func (c *Checker) take(file string, v value, j judgement) {
	switch j.document {
	case schema.DocumentDatasetRecord:
		c.summary.Records++
	case schema.DocumentInsight:
		c.summary.Insights++
	}
	findings := c.identify(file, v, j)
	for i := range findings {
		f := &findings[i]
		f.File = file
		at := v.at(f.Offset)
		f.Line, f.Column = at.line, at.column
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, f := range findings {
		c.summary.Findings++
		c.report(f)
	}
}
