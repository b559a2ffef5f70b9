package insight

import "slices"

// A heuristic says by how far the evidence clears its thresholds, and the corpus says
// how often it was right at that distance.
//
// The margin of a verdict is the smallest of the ratios between what was measured and
// what its class asks for (or the other way round, where it asks for little): 1 is at
// the threshold. calibration counts the incidents that were found in datasets/captures
// by margin, and those of them that are of the labelled class. The confidence of a new
// verdict is what the rule of succession (Laplace) makes of the counts of its band:
// (right + 1) / (found + 2), the chance that the next one is right too if nothing else
// is known. All classes are counted together, for one alone has too few. A recording of
// the same scenarios with other seeds, which these counts have not seen, checks them:
// see 'linnix insight eval'.

// band counts incidents of one distance.
type band struct {
	// from is the least margin of the band, or for normal the least unease.
	from         float64
	found, right int64
}

// calibration is by margin, from 1 on, and normalCalibration by unease: the largest of
// the ratios between a figure and what is calm, see judgeNormal. A test counts both
// anew.
var (
	calibration       = [...]band{{1, 12, 12}, {1.5, 12, 12}, {2.5, 14, 14}}
	normalCalibration = [...]band{{0, 10, 10}, {3, 8, 8}}
)

// calibrated returns the confidence of an incident at the margin.
func calibrated(margin float64) float64 { return succession(calibration[:], margin) }

// calibratedNormal returns the confidence that a window of the unease is normal.
func calibratedNormal(unease float64) float64 { return succession(normalCalibration[:], unease) }

func succession(bands []band, at float64) float64 {
	b := bandOf(bands, at)
	return float64(b.right+1) / float64(b.found+2)
}

// bandOf returns the band that holds the value; what lies below all is in the first.
func bandOf(bands []band, at float64) *band {
	above := slices.IndexFunc(bands, func(b band) bool { return b.from > at })
	if above < 0 {
		above = len(bands)
	}
	return &bands[max(above-1, 0)]
}

// margin returns the smallest of the ratios of measured to asked for.
func margin(ratios ...float64) float64 { return slices.Min(ratios) }

// room is the ratio of a limit to what was measured, where little is asked for; nothing
// at all is as far from the limit as counts.
func room(limit, measured float64) float64 {
	const most = 10
	if measured*most <= limit {
		return most
	}
	return limit / measured
}
