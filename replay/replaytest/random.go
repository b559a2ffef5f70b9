package replaytest

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Random makes n records of any type with any field present or absent and any value,
// whose pids, start times and times collide often: what no recorder writes.
func Random(rnd *rand.Rand, n int) []schema.Record {
	records := make([]schema.Record, n)
	now := Start
	for i := range records {
		r := &records[i]
		now += schema.Time(rnd.Int64N(int64(20 * time.Millisecond)))
		r.Type = schema.Types[rnd.IntN(len(schema.Types))]
		r.Seq = int64(i)
		r.Time = max(0, now-schema.Time(rnd.Int64N(int64(30*time.Millisecond))))
		if rnd.IntN(200) == 0 {
			r.Time = schema.Time(rnd.Int64N(int64(now)))
		}
		for j := range schema.Fields() {
			if rnd.IntN(3) > 0 {
				fillField(rnd, &schema.Fields()[j], r)
			}
		}
		r.PID, r.StartTime = schema.Some(rnd.Int64N(12)), schema.Some(schema.Time(rnd.Int64N(5)))
		if rnd.IntN(4) > 0 {
			r.PPID, r.ParentStartTime = schema.Some(rnd.Int64N(12)), schema.Some(schema.Time(rnd.Int64N(5)))
		}
	}
	return records
}

func fillField(rnd *rand.Rand, f *schema.Field, r *schema.Record) {
	numbers := [...]int64{0, 1, 2, 1000, 1 << 40, math.MaxInt64, math.MinInt64, -1}
	texts := [...]string{"", "Z", "R", "S", "begin", "fork", "\xff\x00", "sh"}
	n := numbers[rnd.IntN(len(numbers))]
	switch f.Kind {
	case schema.Int:
		f.Int(r).Set(n)
	case schema.Float:
		f.Float(r).Set(float64(n) / 3)
	case schema.Bool:
		f.Bool(r).Set(n > 0)
	case schema.String:
		f.Text(r).Set(texts[rnd.IntN(len(texts))])
	case schema.Strings:
		f.List(r).Set([]string{texts[rnd.IntN(len(texts))]})
	case schema.Instant:
		f.Time(r).Set(schema.Time(n))
	default:
		f.Nested(r).Set("{}")
	}
}
