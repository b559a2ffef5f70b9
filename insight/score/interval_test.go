package score

import (
	"math"
	"slices"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// TestShare compares with published values of Wilson's interval, to four digits.
func TestShare(t *testing.T) {
	for _, tt := range []struct {
		count, of        int64
		value, low, high float64
	}{
		{0, 1, 0, 0, 0.7935}, {1, 1, 1, 0.2065, 1},
		{0, 10, 0, 0, 0.2775}, {10, 10, 1, 0.7225, 1},
		{8, 10, 0.8, 0.4902, 0.9433}, {81, 263, 0.308, 0.2553, 0.3662}, // Newcombe 1998
		{15, 148, 0.1014, 0.0624, 0.1605}, {1, 29, 0.0345, 0.0061, 0.1718}, // Newcombe 1998
	} {
		got := share(tt.count, tt.of)
		want := schema.Estimate{Value: tt.value, Low: tt.low, High: tt.high}
		if got.Count != tt.count || got.Of != tt.of || got.Estimate.V != want {
			t.Errorf("%d of %d: %+v, want %+v", tt.count, tt.of, got, want)
		}
	}
	if got := share(0, 0); got.Estimate.OK {
		t.Errorf("a share of none is %+v", got)
	}
}

// TestRate compares with the table of exact limits of a Poisson count (Garwood 1936).
func TestRate(t *testing.T) {
	for _, tt := range []struct {
		count     int64
		low, high float64
	}{{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {2, 0.2422, 7.2247}, {10, 4.7954, 18.3904}, {100, 81.3640, 121.6268}} {
		got := rate(tt.count, 1)
		want := schema.Estimate{Value: float64(tt.count), Low: tt.low, High: tt.high}
		if !near(got.PerHour.V, want, 1e-4) {
			t.Errorf("%d in an hour: %+v, want %+v", tt.count, got.PerHour.V, want)
		}
	}
	if half := rate(10, 0.5).PerHour.V; !near(half, schema.Estimate{Value: 20, Low: 9.5908, High: 36.7807}, 1e-3) {
		t.Errorf("10 in half an hour: %+v", half)
	}
	if got := rate(0, 0); got.PerHour.OK {
		t.Errorf("a rate in no time is %+v", got)
	}
	if big := rate(1000, 1).PerHour.V; math.Abs(big.Low-939.0) > 1 || math.Abs(big.High-1064) > 1.1 {
		t.Errorf("1000 in an hour: %+v", big)
	}
}

func near(a, b schema.Estimate, within float64) bool {
	return math.Abs(a.Value-b.Value) <= within && math.Abs(a.Low-b.Low) <= within && math.Abs(a.High-b.High) <= within
}

// TestDraws compares with the published row of SplitMix64.
func TestDraws(t *testing.T) {
	d := &draws{1234567}
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := d.next(); got != want {
			t.Errorf("draw %d is %d, want %d", i, got, want)
		}
	}
}

func TestDrawsBelow(t *testing.T) {
	d, counts := &draws{3}, make([]int, 7)
	for range 70_000 {
		counts[d.below(7)]++
	}
	for i, n := range counts {
		if n < 9_500 || n > 10_500 {
			t.Errorf("%d was drawn %d times of 70000 from 7", i, n)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, tt := range []struct {
		sorted []float64
		q      float64
		want   float64
	}{
		{nil, 0.5, 0}, {[]float64{3}, 0.025, 3}, {[]float64{3}, 1, 3},
		{[]float64{1, 2}, 0.5, 1}, {[]float64{1, 2, 3}, 0.5, 2}, {[]float64{1, 2, 3, 4}, 0.5, 2},
		{[]float64{1, 2, 3, 4}, 0.500001, 3}, {[]float64{1, 2, 3, 4}, 0.95, 4}, {[]float64{1, 2, 3, 4}, 0, 1},
	} {
		if got := quantile(tt.sorted, tt.q); got != tt.want {
			t.Errorf("quantile %g of %v is %g, want %g", tt.q, tt.sorted, got, tt.want)
		}
	}
}

// TestResampled holds that resamples spread as a share of captures does: the standard
// error of 80 right of 100 is 4 %.
func TestResampled(t *testing.T) {
	var captures [][]table
	for i := range 100 {
		var one table
		one[0][i/80] = 1
		captures = append(captures, []table{one})
	}
	var shares []float64
	for d, n := (&draws{seed}), 0; n < resamples; n++ {
		sum := resampled(captures, d.pick(len(captures)))[0]
		if sum.labelled(0) != 100 {
			t.Fatalf("a resample of %d captures, want 100", sum.labelled(0))
		}
		shares = append(shares, float64(sum[0][0])/100)
	}
	slices.Sort(shares)
	if got := interval(0.8, shares); !near(got, schema.Estimate{Value: 0.8, Low: 0.72, High: 0.88}, 0.0151) {
		t.Errorf("interval %+v, want about 0.72 to 0.88", got)
	}
}
