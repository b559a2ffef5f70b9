package score

import (
	"math"
	"math/bits"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

const (
	// resamples is how often captures are drawn anew: enough for the second digit of a
	// 95 % interval (Efron and Tibshirani 1993 ask for 1,000).
	resamples = 2000
	// seed is arbitrary, and constant: the same captures give the same intervals.
	seed = 20261122
)

// draws is a row of numbers that look drawn at random and are the same on every run:
// SplitMix64 (Steele, Lea and Flood 2014).
type draws struct{ state uint64 }

func (d *draws) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 up to but not n.
func (d *draws) below(n int) int {
	high, _ := bits.Mul64(d.next(), uint64(n))
	return int(high)
}

// pick draws n places of n with replacement: a resample.
func (d *draws) pick(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = d.below(n)
	}
	return places
}

// resampled returns for each predictor the sum of the tables of the captures that were
// picked.
func resampled(captures [][]table, picked []int) []table {
	sums := make([]table, len(captures[0]))
	for _, i := range picked {
		for p := range sums {
			sums[p].add(&captures[i][p])
		}
	}
	return sums
}

// interval adds to a value the 2.5 % and 97.5 % quantile of what resamples gave.
func interval(value float64, samples []float64) schema.Estimate {
	slices.Sort(samples)
	return schema.Estimate{
		Value: round(value),
		Low:   round(quantile(samples, 0.025)), High: round(quantile(samples, 0.975)),
	}
}

// quantile returns the smallest of the sorted samples that at least the share q of them
// do not exceed: the nearest rank. Of none it is 0.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
