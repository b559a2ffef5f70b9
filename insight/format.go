package insight

import (
	"fmt"
	"math"
	"time"
)

// seconds formats a duration for people, to a tenth of a second.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// milliseconds formats a short duration for people.
func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

// round keeps a figure's first thousandths: more would be noise, and the same figure
// must give the same bytes on every architecture.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
