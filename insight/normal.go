package insight

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// A host is at rest, without a doubt, while nobody waits, little is born and memory is
// free; otherwise normal is only what remains, and says what is not calm.
const (
	// calmPressure is the percent of time in which some task may wait.
	calmPressure = 10
	// calmForks is the rate, in forks/s, that linnix saw on an idle agent VM at most.
	calmForks = 15
	// unknownUnease puts windows of which something is unknown above all others.
	unknownUnease = 1e6
	// calmAvailable is the percent of memory that is free to use.
	calmAvailable = 20
)

// judgeNormal returns a verdict for each whole window, and for the last, the less sure the further it is from
// calm: the record then tells of the worst one.
func judgeNormal(f *features) []verdict {
	if f.Span() < Window && !f.Last {
		return nil
	}
	v := verdict{
		class: schema.ClassNormal, onset: f.Begun, end: f.To,
		severity: schema.SeverityInfo,
	}
	rate := forkRate(f)
	doubt := ""
	for _, u := range unease(f, rate) {
		v.strength = max(v.strength, u.degree)
		if u.degree >= 1 {
			v.fact("not calm: "+u.reason, u.degree, "times calm")
			doubt = cmp.Or(doubt, u.reason)
		}
	}
	v.confidence.value = calibratedNormal(v.strength)
	if len(f.Unknown) > 0 || f.Lost {
		// Nobody can tell what happened then: that is the worst window there can be.
		v.strength += unknownUnease
	}
	for _, name := range f.Unknown {
		v.confidence.capFor(capUnknown, name)
		doubt = cmp.Or(doubt, "unknown: "+name)
	}
	v.confidence.capLost(f)
	v.why = "nobody waits, few processes are born, memory is available"
	if doubt != "" {
		v.why = "no incident, but not calm: " + doubt
	}
	v.normalFacts(f, rate)
	return []verdict{v}
}

// uneasiness is one way in which a window is not calm, from degree 1 on.
type uneasiness struct {
	degree float64
	reason string
}

func unease(f *features, forkRate float64) []uneasiness {
	list := []uneasiness{{forkRate / calmForks, fmt.Sprintf("%.0f forks/s (calm is under %d)", forkRate, calmForks)}}
	for _, p := range [...]struct {
		name  string
		value schema.Opt[float64]
	}{{"cpu", f.CPUSome}, {"memory", f.MemorySome}, {"io", f.IOSome}} {
		list = append(list, uneasiness{p.value.V / calmPressure, fmt.Sprintf("%s pressure %.0f %% (calm is under %d)", p.name, p.value.V, calmPressure)})
	}
	if f.Available.OK {
		list = append(list, uneasiness{
			(100 - f.Available.V) / (100 - calmAvailable),
			fmt.Sprintf("%.0f %% of memory available (calm is over %d)", f.Available.V, calmAvailable),
		})
	}
	return list
}

func (v *verdict) normalFacts(f *features, rate float64) {
	span := f.To.Sub(f.Begun).Seconds()
	v.fact(fmt.Sprintf("%.1f s from the start to the end of this window", span), span, "s")
	v.fact(fmt.Sprintf("%.1f forks/s in this window", rate), rate, "forks/s")
	v.fact(fmt.Sprintf("%d of those born were alive at its end", f.BornAlive), float64(f.BornAlive), "processes")
	v.pressureFact(f)
	v.percentFact(fmt.Sprintf("memory pressure (some) was %.1f %%", f.MemorySome.V), f.MemorySome)
	v.percentFact(fmt.Sprintf("io pressure (some) was %.1f %%", f.IOSome.V), f.IOSome)
	v.percentFact(fmt.Sprintf("all cores together were %.0f %% busy", f.Busy.V), f.Busy)
	v.percentFact(fmt.Sprintf("%.0f %% of the memory was available", f.Available.V), f.Available)
}

func whyNotNormal(f *features) string {
	var reasons []string
	for _, u := range unease(f, forkRate(f)) {
		if u.degree >= 1 {
			reasons = append(reasons, u.reason)
		}
	}
	if reasons == nil {
		return "the host as a whole is calm, this process is not"
	}
	return "the host is not calm: " + strings.Join(reasons, ", ")
}

// forkRate is in forks/s; of less than a second it makes no rate.
func forkRate(f *features) float64 { return float64(f.Forks) / max(f.Span().Seconds(), 1) }

func normalActions(*verdict) []string { return []string{} }

// pressureFact appends how long tasks waited for a CPU, and how many ran.
func (v *verdict) pressureFact(f *features) {
	v.percentFact(fmt.Sprintf("cpu pressure (some) was %.1f %%", f.CPUSome.V), f.CPUSome)
	cpus := f.Host.CPUs()
	if f.RunQueue.OK && cpus.OK {
		v.fact(fmt.Sprintf("%.1f tasks were runnable on %d CPUs (mean)", f.RunQueue.V, cpus.V), f.RunQueue.V, "tasks")
	}
}
