package insight

import "github.com/linnix-os/linnix/schema"

// share is the part of its memory limit that the cgroup uses, page cache included, in
// percent; 0 where there is none.
func (g *cgroupTrack) share() float64 { return g.ofLimit(g.use.MemoryCurrentBytes.V) }

// ofLimit is the bytes in percent of the memory limit.
func (g *cgroupTrack) ofLimit(bytes int64) float64 {
	if limit := g.use.MemoryMaxBytes; limit.OK && limit.V > 0 {
		return percent(float64(bytes), float64(limit.V))
	}
	return 0
}

// isPressed says that the cgroup is near its limit for the memory of its processes: page
// cache alone fills any cgroup in time, and the kernel takes it back.
func (g *cgroupTrack) isPressed() bool {
	return g.share() >= cgroupFull && g.ofLimit(g.rssBytes) >= cgroupHeld
}

// press notes since when the cgroup has been pressed: if it went evenly since the point
// before, the later of the two crossings.
func (g *cgroupTrack) press(now schema.Time) {
	if !g.isPressed() {
		g.pressed.Clear()
		return
	}
	if g.pressed.OK {
		return
	}
	g.pressed.Set(now)
	if n := g.points.Len(); n > 0 {
		before := g.points.At(n - 1)
		full := g.crossed(before, now, before.currentBytes, g.use.MemoryCurrentBytes.V, cgroupFull)
		held := g.crossed(before, now, before.rssBytes, g.rssBytes, cgroupHeld)
		g.pressed.Set(max(full, held))
	}
}

// crossed is when an amount came to be the part of the limit; the earlier time if it had
// been before.
func (g *cgroupTrack) crossed(before *cgroupPoint, now schema.Time, from, to int64, part float64) schema.Time {
	if g.ofLimit(from) >= part {
		return before.time
	}
	return crossing(before.time, now, g.ofLimit(from), g.ofLimit(to), part)
}

// grown is the growth of the processes' memory in the window, in percent of the limit.
func (g *cgroupTrack) grown() float64 {
	from, to := g.since(Window)
	if from == nil {
		return 0
	}
	return g.ofLimit(to.rssBytes - from.rssBytes)
}

// trend is that of the processes' memory in the window.
func (g *cgroupTrack) trend() trend {
	from, to := g.since(Window)
	if from == nil {
		return trend{}
	}
	var points []memoryPoint
	for i := range g.points.Len() {
		if p := g.points.At(i); p.time >= from.time && p.time <= to.time {
			points = append(points, memoryPoint{p.time, p.rssBytes})
		}
	}
	return fit(points)
}

// risen is since when the memory of the processes has grown, as far back as is known,
// with pauses of two points at most.
func (g *cgroupTrack) risen() schema.Time {
	return begun(g.points.Len(), func(i int) memoryPoint {
		p := g.points.At(i)
		return memoryPoint{p.time, p.rssBytes}
	})
}

// begun goes back over points while the amount grows, and over pauses and dips of a MiB
// of two points at most; it returns the time of the point at which that began.
func begun(n int, at func(int) memoryPoint) schema.Time {
	const pause, dip = 2, 1 << 20
	start, still := at(n-1), 0
	for i := n - 2; i >= 0 && still <= pause; i-- {
		switch p := at(i); {
		case p.bytes < start.bytes:
			start, still = p, 0
		case p.bytes > start.bytes+dip:
			return start.time
		default:
			still++
		}
	}
	return start.time
}
