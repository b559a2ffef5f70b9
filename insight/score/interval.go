package score

import (
	"math"

	"github.com/linnix-os/linnix/schema"
)

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// share returns count of of with Wilson's score interval (Wilson 1927), which stays
// within 0 and 1 and has a width for a share of none or all.
func share(count, of int64) schema.Share {
	s := schema.Share{Count: count, Of: of}
	if of == 0 {
		return s
	}
	n, p := float64(of), float64(count)/float64(of)
	// The conversions keep every architecture from fusing the operations.
	z2n := float64(z95*z95) / n
	center := (p + z2n/2) / (1 + z2n)
	half := z95 / (1 + z2n) * math.Sqrt(float64(p*(1-p))/n+z2n/(4*n))
	low, high := max(0, center-float64(half)), min(1, center+float64(half))
	if count == 0 {
		low = 0
	}
	if count == of {
		high = 1
	}
	s.Estimate.Set(schema.Estimate{Value: round(p), Low: round(low), High: round(high)})
	return s
}

// rate returns count in some hours with the exact interval of a Poisson count (Garwood
// 1936): the means for which so few, and so many, have a chance of 2.5 %.
func rate(count int64, hours float64) schema.Rate {
	r := schema.Rate{Count: count, Hours: round(hours)}
	if hours <= 0 {
		return r
	}
	const tail = 0.025
	low := 0.0
	if count > 0 {
		low = poissonMean(count-1, 1-tail)
	}
	high := poissonMean(count, tail)
	r.PerHour.Set(schema.Estimate{
		Value: round(float64(count) / hours), Low: round(low / hours), High: round(high / hours),
	})
	return r
}

// poissonMean returns the mean for which a Poisson count is at most k with the given
// chance, by halving: the chance falls as the mean grows.
func poissonMean(k int64, chance float64) float64 {
	low, high := 0.0, 1.0
	for poissonAtMost(k, high) > chance {
		high *= 2
	}
	for range 100 {
		if mid := (low + high) / 2; poissonAtMost(k, mid) > chance {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// poissonAtMost returns the chance of a count of at most k. It adds the terms up from
// their logarithms, so that none of them is too small on its own.
func poissonAtMost(k int64, mean float64) float64 {
	if mean == 0 {
		return 1
	}
	sum, logTerm, logMean := 0.0, -mean, math.Log(mean)
	for i := int64(0); i <= k; i++ {
		if i > 0 {
			logTerm += logMean - math.Log(float64(i))
		}
		sum += math.Exp(logTerm)
	}
	return min(sum, 1)
}

// round rounds to four digits: more would be noise, and the last bits differ between
// architectures.
func round(v float64) float64 {
	const unit = 1e4
	return math.Round(v*unit) / unit
}
