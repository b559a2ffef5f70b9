package rules

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// maxPairings bounds the work of pairing the episodes of one subject by distance: beyond
// it they are paired in their order.
const maxPairings = 1 << 22

// Compare tells what one host's alerts by a new set of rules add to those by an old set,
// remove from them and move. Both are lists as an [Engine] emits them. The episodes of one
// rule and subject are paired in their order: those of the same time first, then what is
// left between them, each with the nearest in time. The differences stand by time, then
// rule; they lack the capture.
func Compare(before, after []*schema.Alert) (differences []schema.AlertDifference, same int64) {
	old, fresh := episodesOf(before), episodesOf(after)
	keys := slices.Clone(old.keys)
	for _, key := range fresh.keys {
		if old.of[key] == nil {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		for _, p := range pair(old.of[key], fresh.of[key]) {
			d := p.difference()
			if d.Kind == "" {
				same++
				continue
			}
			d.Host, d.Rule = key.host, key.rule
			differences = append(differences, d)
		}
	}
	slices.SortStableFunc(differences, func(a, b schema.AlertDifference) int {
		return cmp.Or(cmp.Compare(timeOf(&a), timeOf(&b)), cmp.Compare(a.Rule, b.Rule))
	})
	return differences, same
}

// timeOf is when the new alert fires, or else the old one did.
func timeOf(d *schema.AlertDifference) schema.Time {
	if d.New != nil {
		return d.New.Time
	}
	return d.Old.Time
}

// episodeKey is what episodes must share to be the same alert.
type episodeKey struct {
	rule, host string
	kind       schema.SubjectKind
	pid        schema.Opt[int64]
	start      schema.Opt[schema.Time]
}

// episodes are firings with their resolves, by what they are about; keys in the order of
// the first firing of each.
type episodes struct {
	keys []episodeKey
	of   map[episodeKey][]told
}

// told is what was told of one episode.
type told struct {
	schema.AlertEpisode
	subject schema.Subject
}

// episodesOf gathers the episodes. A resolve goes to the firing that has its ID, for by
// then more may be known of the subject.
func episodesOf(alerts []*schema.Alert) episodes {
	type place struct {
		key episodeKey
		at  int
	}
	list, firings := episodes{of: make(map[episodeKey][]told)}, make(map[string]place)
	for _, a := range alerts {
		if a.State == schema.AlertResolved {
			if fired, known := firings[a.ID]; known {
				list.of[fired.key][fired.at].Resolved.Set(a.Time)
			}
			continue
		}
		key := episodeKey{a.Rule, a.Host, a.Subject.Kind, a.Subject.PID, a.Subject.StartTime}
		if list.of[key] == nil {
			list.keys = append(list.keys, key)
		}
		firings[a.ID] = place{key, len(list.of[key])}
		list.of[key] = append(list.of[key], told{schema.AlertEpisode{
			Time: a.Time, Severity: a.Severity, Value: a.Value, Threshold: a.Threshold,
			WindowNs: a.WindowNs, Suppressed: a.Suppressed, Incomplete: a.Incomplete,
		}, a.Subject})
	}
	return list
}

// pairing is an old episode and the new one that took its place; one may be missing.
type pairing struct{ old, fresh *told }

func (p *pairing) difference() (d schema.AlertDifference) {
	switch {
	case p.old == nil:
		d.Kind, d.Subject, d.New = schema.AlertAdded, p.fresh.subject, &p.fresh.AlertEpisode
		return d
	case p.fresh == nil:
		d.Kind, d.Subject, d.Old = schema.AlertRemoved, p.old.subject, &p.old.AlertEpisode
		return d
	case p.old.Time != p.fresh.Time:
		d.Kind = schema.AlertMoved
	case p.old.AlertEpisode != p.fresh.AlertEpisode:
		d.Kind = schema.AlertChanged
	}
	d.Subject, d.Old, d.New = p.fresh.subject, &p.old.AlertEpisode, &p.fresh.AlertEpisode
	return d
}

// pair pairs the episodes of the same time, and what is left between two such pairs.
func pair(old, fresh []told) (pairs []pairing) {
	work := maxPairings
	i, j := 0, 0
	for x, y := 0, 0; x < len(old) && y < len(fresh); {
		switch cmp.Compare(old[x].Time, fresh[y].Time) {
		case -1:
			x++
		case 1:
			y++
		default:
			pairs = pairBetween(pairs, old[i:x], fresh[j:y], &work)
			pairs = append(pairs, pairing{&old[x], &fresh[y]})
			x, y = x+1, y+1
			i, j = x, y
		}
	}
	return pairBetween(pairs, old[i:], fresh[j:], &work)
}

// pairBetween pairs as many episodes as it can, in their order, so that their times are
// the nearest in all.
func pairBetween(pairs []pairing, old, fresh []told, work *int) []pairing {
	shorter, longer := old, fresh
	swapped := len(old) > len(fresh)
	if swapped {
		shorter, longer = fresh, old
	}
	chosen := choose(shorter, longer, work)
	next := 0
	for i := range longer {
		p := pairing{fresh: &longer[i]}
		if next < len(chosen) && chosen[next] == i {
			p.old = &shorter[next]
			next++
		}
		if swapped {
			p.old, p.fresh = p.fresh, p.old
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// choose finds for each of the shorter list its partner in the longer one, and takes from
// work what that costs.
func choose(shorter, longer []told, work *int) []int {
	n, m := len(shorter), len(longer)
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = i
	}
	if n == m || n*m > *work {
		return chosen
	}
	*work -= n * m
	// cost[i][j] is the least distance of the first i of the shorter list to partners
	// among the first j of the longer one.
	cost := make([][]schema.Time, n+1)
	for i := range cost {
		cost[i] = make([]schema.Time, m+1)
		for j := i; i > 0 && j <= m; j++ {
			cost[i][j] = cost[i-1][j-1] + distance(shorter[i-1].Time, longer[j-1].Time)
			if j > i {
				cost[i][j] = min(cost[i][j], cost[i][j-1])
			}
		}
	}
	for i, j := n, m; i > 0; j-- {
		if j == i || cost[i][j] < cost[i][j-1] {
			i--
			chosen[i] = j - 1
		}
	}
	return chosen
}

func distance(a, b schema.Time) schema.Time { return max(a-b, b-a) }
