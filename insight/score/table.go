package score

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

const classCount = len(schema.Classes)

// table counts pairs: the row is the label's class, the column the found one's, in the
// order of [schema.Classes].
type table [classCount][classCount]int64

func (t *table) add(other *table) {
	for i := range t {
		for j := range t[i] {
			t[i][j] += other[i][j]
		}
	}
}

func (t *table) count(p Paired) { t[indexOf(p.LabelClass())][indexOf(p.FoundClass())]++ }

func indexOf(c schema.Class) int { return slices.Index(schema.Classes[:], c) }

// labelled and found count the pairs of one class.
func (t *table) labelled(class int) (n int64) {
	for _, count := range t[class] {
		n += count
	}
	return n
}

func (t *table) found(class int) (n int64) {
	for i := range t {
		n += t[i][class]
	}
	return n
}

// f1 is the harmonic mean of precision and recall; absent for a class that was neither
// labelled nor found.
func (t *table) f1(class int) schema.Opt[float64] {
	all := t.labelled(class) + t.found(class)
	if all == 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(2 * float64(t[class][class]) / float64(all))
}

// macroF1 is the mean F1 of the classes that have one.
func (t *table) macroF1() float64 {
	sum, n := 0.0, 0
	for class := range t {
		if f := t.f1(class); f.OK {
			sum, n = sum+f.V, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// cells lists the cells that are not 0, by row.
func (t *table) cells() []schema.PairCount {
	list := []schema.PairCount{}
	for i := range t {
		for j, count := range t[i] {
			if count > 0 {
				list = append(list, schema.PairCount{Label: schema.Classes[i], Found: schema.Classes[j], Count: count})
			}
		}
	}
	return list
}

// absent lists the classes that were neither labelled nor found.
func (t *table) absent() []schema.Class {
	list := []schema.Class{}
	for class := range t {
		if !t.f1(class).OK {
			list = append(list, schema.Classes[class])
		}
	}
	return list
}
