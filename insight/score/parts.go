package score

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// parts are what one predictor came to in each capture, for figures that no table
// holds, and what resamples of the captures make of them.
type parts struct {
	captures       []part
	briers, onsets []float64
}

// part is that of one capture.
type part struct {
	// squares is the sum of (confidence − right)² over its verdicts.
	squares  float64
	verdicts int
	// onsets are the absolute errors in seconds where the class was found.
	onsets []float64
}

// partsOf returns the parts of each predictor.
func partsOf(outcomes []Outcome) []parts {
	list := make([]parts, len(predictors))
	for p := range list {
		for i := range outcomes {
			list[p].captures = append(list[p].captures, tallyOf(outcomes[i:i+1], p).part())
		}
	}
	return list
}

func (t *tally) part() part {
	c := part{verdicts: len(t.verdicts)}
	for _, v := range t.verdicts {
		miss := v.confidence - float64(one(v.right))
		c.squares += float64(miss * miss)
	}
	for _, d := range t.onsets {
		c.onsets = append(c.onsets, d.Seconds())
	}
	return c
}

// figures returns the Brier score and the median onset error of the captures at the
// places; each is absent where it has nothing to rest on.
func (c *parts) figures(places []int) (brier, median schema.Opt[float64]) {
	var sum part
	for _, i := range places {
		one := &c.captures[i]
		sum.squares += one.squares
		sum.verdicts += one.verdicts
		sum.onsets = append(sum.onsets, one.onsets...)
	}
	if sum.verdicts > 0 {
		brier.Set(sum.squares / float64(sum.verdicts))
	}
	if len(sum.onsets) > 0 {
		slices.Sort(sum.onsets)
		median.Set(quantile(sum.onsets, 0.5))
	}
	return brier, median
}

// resample takes in one resample.
func (c *parts) resample(picked []int) {
	brier, median := c.figures(picked)
	if brier.OK {
		c.briers = append(c.briers, brier.V)
	}
	if median.OK {
		c.onsets = append(c.onsets, median.V)
	}
}

// estimate sets the figures of all captures, with their intervals.
func (c *parts) estimate(s *schema.PredictorScore) {
	var all []int
	for i := range c.captures {
		all = append(all, i)
	}
	brier, median := c.figures(all)
	if brier.OK {
		s.Brier.Set(interval(brier.V, c.briers))
	}
	if median.OK {
		s.Onset.Median.Set(interval(median.V, c.onsets))
	}
}
