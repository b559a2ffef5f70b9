package insight

import (
	"time"

	"github.com/linnix-os/linnix/schema"
)

const (
	// trendPoints, trendFit and trendSlope are what a trend must have to be told: points,
	// r² and bytes a second. Less is noise, and a time that is told from it misleads.
	trendPoints = 3
	trendFit    = 0.9
	trendSlope  = 1_000_000
)

// trend is the straight line that fits points best (least squares).
type trend struct {
	// Slope is in bytes a second; Fit is r², the part of the variance it explains.
	Slope, Fit float64
	Points     int
}

// fit returns the trend of the points; of less than two, or of one moment, there is none.
func fit(points []memoryPoint) trend {
	n := float64(len(points))
	var meanX, meanY float64
	for _, p := range points {
		meanX += p.time.Sub(points[0].time).Seconds() / n
		meanY += float64(p.bytes) / n
	}
	var xx, xy, yy float64
	for _, p := range points {
		x, y := p.time.Sub(points[0].time).Seconds()-meanX, float64(p.bytes)-meanY
		// The conversions keep every architecture from fusing two operations.
		xx += float64(x * x)
		xy += float64(x * y)
		yy += float64(y * y)
	}
	if xx == 0 || yy == 0 {
		return trend{Points: len(points)}
	}
	return trend{Slope: xy / xx, Fit: float64(xy*xy) / float64(xx*yy), Points: len(points)}
}

// Sure says that the trend may be told; up or down.
func (t trend) Sure() bool {
	return t.Points >= trendPoints && t.Fit >= trendFit && (t.Slope >= trendSlope || -t.Slope >= trendSlope)
}

// reach is the time in which so many bytes are gained, or lost, at the trend; absent
// where it is not sure or goes the other way.
func (t trend) reach(bytes int64) schema.Opt[time.Duration] {
	if !t.Sure() || float64(bytes)*t.Slope < 0 {
		return schema.Opt[time.Duration]{}
	}
	const most = 1 << 30 // s
	return schema.Some(time.Duration(min(float64(bytes)/t.Slope, most) * float64(time.Second)))
}
