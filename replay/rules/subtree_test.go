package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

const mib = 1 << 20

// load lets processes use parts of a core and memory from a second on, one after the
// other, with a sample of each and a system record each second.
type load struct {
	c *replaytest.Capture
}

// seconds samples each second in (from, to] what use tells of each pid, in the order of
// the pids given.
func (l load) seconds(from, to int, pids []int64, use func(second int, pid int64) (core float64, rssMiB int64)) {
	for s := from + 1; s <= to; s++ {
		for i, pid := range pids {
			l.c.At(time.Duration(s)*time.Second - time.Duration(len(pids)-i)*time.Microsecond)
			core, rss := use(s, pid)
			l.c.Burn(pid, time.Duration(core*float64(time.Second))).Sample(pid, "R", rss*mib)
		}
		l.c.At(time.Duration(s) * time.Second).System(0)
	}
}

// steady is the same use in each second.
func steady(core float64, rssMiB int64) func(int, int64) (float64, int64) {
	return func(int, int64) (float64, int64) { return core, rssMiB }
}

// family makes sh (5) with the children 10 and 11, all started before the capture.
func family(c *replaytest.Capture) load {
	c.Task(5, 1, "sh")
	c.Task(10, 5, "a")
	c.Task(11, 5, "b")
	c.At(0).System(0)
	return load{c}
}

func TestSubtreeCPU(t *testing.T) {
	const rule = "detector: subtree_cpu_pct, threshold: 150, cooldown: 0, duration: "
	both := []int64{10, 11}
	// The first sample after a task record at 0 s spans a whole second, so that a core
	// that is busy reads as 100 from 1 s on.
	at := func(core float64) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) { family(c).seconds(0, 8, both, steady(core, 1)) }
	}
	runScenarios(t, []scenario{
		{"at the threshold", rule + "3", at(0.75), ``},
		{"above it, a child alone holds less than nine tenths", rule + "3", at(1), `4s firing 5 200`},
		{"the duration less 1 ns", rule + "2999999999ns", at(1), `4s firing 5 200`},
		{"the duration and 1 ns", rule + "3000000001ns", at(1), `4.999998s firing 5 200`},
		{"one child holds nine tenths", rule + "3", func(c *replaytest.Capture) {
			family(c).seconds(0, 5, both, func(_ int, pid int64) (float64, int64) {
				return map[int64]float64{10: 1.8, 11: 0.2}[pid], 1
			})
		}, `4s firing 10 200`},
		{"and just less", rule + "3", func(c *replaytest.Capture) {
			family(c).seconds(0, 5, both, func(_ int, pid int64) (float64, int64) {
				return map[int64]float64{10: 1.79, 11: 0.21}[pid], 1
			})
		}, `4s firing 5 200`},
		{"one value below resets it", rule + "3", func(c *replaytest.Capture) {
			family(c).seconds(0, 7, both, func(s int, _ int64) (float64, int64) {
				if s == 3 {
					return 0.5, 1
				}
				return 1, 1
			})
		}, `7s firing 5 200`},
		{"what is not sampled any more uses nothing", rule + "3", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 5, both, steady(1, 1))
			l.seconds(5, 10, both[:1], steady(1, 1))
		}, `4s firing 5 200
			9s resolved 5 100`},
		{"nor what has exited, at once", rule + "3, clear_duration: 0", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 5, both, steady(1, 1))
			c.At(5500 * ms).Exit(11)
		}, `4s firing 5 200
			5.5s resolved 5 100`},
		{"two trees do not add up", rule + "3", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			c.At(0).System(0)
			load{c}.seconds(0, 5, []int64{5, 6}, steady(1, 1))
		}, ``},
		{"unknown while the host is blind: it neither counts nor resets", rule + "3", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 3, both, steady(1, 1))
			// Blind from 5.5 s on; the samples at 10 s span 7 s.
			l.seconds(9, 10, both, steady(7, 1))
		}, `4s firing 5 200`},
		{"known for 2.5 s after the last system record", rule + "4500000001ns", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 3, both, steady(1, 1))
			l.seconds(9, 11, both, func(s int, _ int64) (float64, int64) { return map[int]float64{10: 7, 11: 1}[s], 1 })
		}, `10.999998s firing 5 200`},
		{"where narrows what counts", rule + "3, where: {comm: a}", at(1), ``},
		{"the subject stays when it exits, and resolves", rule + "3, clear_duration: 1", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(10, 5, "a")
			c.At(0).System(0)
			load{c}.seconds(0, 5, []int64{10}, steady(2, 1))
			c.At(5500 * ms).Exit(10)
			quiet(c, 6*time.Second, 8*time.Second)
		}, `4s firing 10 200
			7s resolved 10 0`},
		{"held back by the cooldown, and counted", "detector: subtree_cpu_pct, threshold: 150, cooldown: 20, duration: 3", func(c *replaytest.Capture) {
			family(c).seconds(0, 30, both, func(s int, _ int64) (float64, int64) {
				if s > 5 && s < 12 {
					return 0, 1
				}
				return 1, 1
			})
		}, `4s firing 5 200
			9s resolved 5 0
			24s firing 5 200 suppressed=1`},
		{"a loss within the interval", rule + "3", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 3, both, steady(1, 1))
			c.At(3500*ms).Lost(schema.TypeExit, 1, 2*time.Second, 3500*ms)
			l.seconds(3, 4, both, steady(1, 1))
		}, `4s firing 5 200 incomplete`},
	})
}

func TestSubtreeRSS(t *testing.T) {
	const rule = "detector: subtree_rss_mb, threshold: 100, cooldown: 0, duration: "
	both := []int64{10, 11}
	of := func(rss int64) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) { family(c).seconds(0, 8, both, steady(0, rss)) }
	}
	runScenarios(t, []scenario{
		{"at the threshold", rule + "3", of(50), ``},
		{"above it", rule + "3", of(51), `4s firing 5 102`},
		{"a threshold that is no whole number", "detector: subtree_rss_mb, threshold: 101.5, cooldown: 0, duration: 3", of(51), `4s firing 5 102`},
		{"the duration and 1 ns", rule + "3000000001ns", of(51), `4.999998s firing 5 102`},
		{"what is not sampled any more stays", rule + "3", func(c *replaytest.Capture) {
			l := family(c)
			l.seconds(0, 1, both, steady(0, 51))
			quiet(c, 2*time.Second, 6*time.Second)
		}, `4s firing 5 102`},
		{"what has exited does not", rule + "3, clear_duration: 0", func(c *replaytest.Capture) {
			family(c).seconds(0, 5, both, steady(0, 51))
			c.At(5500 * ms).Exit(11)
		}, `4s firing 5 102
			5.5s resolved 5 51`},
		{"a subject below the top holds on with nine tenths", rule + "1, clear_duration: 0", func(c *replaytest.Capture) {
			family(c).seconds(0, 6, both, func(s int, pid int64) (float64, int64) {
				if pid == 11 {
					return 0, 10
				}
				return 0, []int64{0, 100, 100, 91, 91, 90, 90}[s]
			})
		}, `2s firing 10 110
			5s resolved 10 90`},
	})
}

// TestSubtreeSubjects tells memory by process and second, for it stays as it is between
// two samples.
func TestSubtreeSubjects(t *testing.T) {
	const rule = "detector: subtree_rss_mb, threshold: 100, duration: 1, clear_duration: 0, cooldown: "
	// grow samples at each second from the given one on what the rows tell of each pid.
	grow := func(c *replaytest.Capture, from int, pids []int64, rows ...[]int64) {
		load{c}.seconds(from-1, from-1+len(rows), pids, func(s int, pid int64) (float64, int64) {
			return 0, rows[s-from][slices.Index(pids, pid)]
		})
	}
	line := func(c *replaytest.Capture) { // 5, below it 6, below that 7
		c.Task(5, 1, "sh")
		c.Task(6, 5, "make")
		c.Task(7, 6, "cc1")
		c.At(0).System(0)
	}
	runScenarios(t, []scenario{
		{"fixed while it fires: neither above nor below", rule + "0", func(c *replaytest.Capture) {
			line(c)
			grow(c, 1, []int64{5, 6, 7}, []int64{0, 60, 60}, []int64{0, 60, 60}, []int64{0, 0, 5000}, []int64{0, 0, 5000},
				[]int64{9000, 0, 5000}, []int64{9000, 0, 5000}, []int64{9000, 0, 0}, []int64{9000, 0, 0})
		}, `2s firing 6 120
			7s resolved 6 0
			7s firing 5 9000`},
		{"a second one beside it has its own subject", rule + "0", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10, 11}, []int64{200, 0}, []int64{200, 0}, []int64{200, 1799}, []int64{200, 1800}, []int64{200, 1800},
				[]int64{0, 1800}, []int64{0, 0})
		}, `2s firing 10 200
			4s firing 11 2000
			6s resolved 10 0
			7s resolved 11 0`},
		{"but none that has one below it", rule + "0", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{5, 10, 11}, []int64{0, 200, 0}, []int64{0, 200, 0}, []int64{2000, 200, 1000}, []int64{2000, 200, 1000})
		}, `2s firing 10 200`},
		{"one that fires again does not count twice what has stayed", rule + "0", func(c *replaytest.Capture) {
			family(c)
			c.Task(20, 10, "cc1")
			grow(c, 1, []int64{10}, []int64{40})
			grow(c, 2, []int64{20}, []int64{100}, []int64{100}, []int64{0}, []int64{100}, []int64{100}, []int64{0})
		}, `3s firing 10 140
			4s resolved 10 40
			6s firing 10 140
			7s resolved 10 40`},
		{"what a subject forks counts with it", rule + "0", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10}, []int64{200}, []int64{200})
			c.At(2500*ms).Fork(10, 20)
			grow(c, 3, []int64{10, 20}, []int64{0, 200}, []int64{0, 200})
			c.At(4500 * ms).Exit(20)
		}, `2s firing 10 200
			4.5s resolved 10 0`},
		{"also what the exited has forked", rule + "0", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10}, []int64{200}, []int64{200})
			c.At(2500*ms).Fork(10, 20)
			c.Exit(10)
			quiet(c, 3*time.Second, 3*time.Second)
			c.At(3100*ms).Fork(20, 21)
			grow(c, 4, []int64{20, 21}, []int64{60, 60}, []int64{60, 60}, []int64{0, 0})
		}, `2s firing 10 200
			2.5s resolved 10 0
			5s firing 20 120
			6s resolved 20 0`},
		{"a chain whose members exit ends in the one alive", rule + "0", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			for pid := int64(5); pid < 9; pid++ {
				c.At(time.Duration(pid)*ms).Fork(pid, pid+1)
				c.Exit(pid)
			}
			grow(c, 1, []int64{9}, []int64{101}, []int64{101})
		}, `2s firing 9 101`},
		{"a pid that is used again is another subject", rule + "60", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10}, []int64{200}, []int64{200})
			c.At(2500 * ms).Exit(10)
			c.At(2600*ms).Fork(5, 10)
			grow(c, 3, []int64{10}, []int64{300}, []int64{300})
		}, `2s firing 10 200
			2.5s resolved 10 0
			4s firing 10 300`},
		{"while the same one is held back", rule + "60", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10}, []int64{200}, []int64{200}, []int64{0}, []int64{300}, []int64{300})
		}, `2s firing 10 200
			3s resolved 10 0`},
		{"nor does it fire later on with nine tenths", rule + "10", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10}, []int64{200}, []int64{200}, []int64{0}, []int64{200}, []int64{200}, []int64{95})
			quiet(c, 7*time.Second, 13*time.Second)
			grow(c, 14, []int64{10}, []int64{101}, []int64{101})
		}, `2s firing 10 200
			3s resolved 10 0
			15s firing 10 101 suppressed=1`},
		{"a subject's clear threshold, and nine tenths of it", rule + "0, clear_threshold: 50", func(c *replaytest.Capture) {
			family(c)
			grow(c, 1, []int64{10, 11}, []int64{200, 0}, []int64{200, 0}, []int64{46, 0}, []int64{45, 0})
		}, `2s firing 10 200
			4s resolved 10 45`},
		{"the kernel's own and init make no tree", rule + "0", func(c *replaytest.Capture) {
			c.Task(1, 0, "init")
			c.Task(2, 0, "kthreadd")
			c.At(0).System(0)
			grow(c, 1, []int64{1, 2}, []int64{200, 200}, []int64{200, 200})
		}, ``},
	})
}

// naive checks after each system record that the sums are those of all processes alive.
type naive struct {
	t      *testing.T
	engine *Engine
	sums   int
}

func (n *naive) Record(h *replay.Host, r *schema.Record) {
	n.engine.Record(h, r)
	if r.Type != schema.TypeSystem {
		return
	}
	for _, runner := range n.engine.runners {
		d := runner.detector.(*treeGauges)
		sums := make(map[*replay.Process]int64)
		for _, p := range h.Processes() {
			if v := d.gauge.of(h, p); v.OK && p.Top() != nil {
				sums[p.Top()] += v.V
			}
		}
		for top, sum := range sums {
			var got int64
			if tree := *d.trees.At(top); tree != nil {
				got = tree.n
			}
			if n.sums++; got != sum {
				n.t.Fatalf("%s at %s: the tree of pid %d sums up to %d, its processes to %d",
					runner.rule.Detector, h.Now().Sub(replaytest.Start), top.Key.PID, got, sum)
			}
		}
	}
}

func (n *naive) Tick(h *replay.Host) { n.engine.Tick(h) }
func (n *naive) End(h *replay.Host)  { n.engine.End(h) }

func TestSubtreeSumsAreThoseOfTheirProcesses(t *testing.T) {
	rules := mustLoad(t, `
- {name: c, detector: subtree_cpu_pct, threshold: 100, duration: 2}
- {name: m, detector: subtree_rss_mb, threshold: 1000, duration: 2}
`)
	for seed := range uint64(3) {
		check := &naive{t: t, engine: NewEngine(rules, func(*schema.Alert) {})}
		c := replaytest.Workload(rand.New(rand.NewPCG(seed, 9)), 40*time.Second)
		replaytest.Run(t, func(*replay.Host) []replay.Handler { return []replay.Handler{check} }, c.Source())
		if check.sums < 100 {
			t.Errorf("seed %d: %d sums compared", seed, check.sums)
		}
	}
}

// BenchmarkSubtrees measures a second of a host whose processes are all sampled.
func BenchmarkSubtrees(b *testing.B) {
	for _, processes := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(processes), func(b *testing.B) {
			c := replaytest.New("boot")
			var pids []int64
			for pid := range int64(processes) {
				c.Task(100+pid, 1+pid%7, "p")
				pids = append(pids, 100+pid)
			}
			c.At(0).System(0)
			load{c}.seconds(0, 2, pids, steady(0.5, 10))
			rules := mustLoad(b, "- {name: c, detector: subtree_cpu_pct, threshold: 100, duration: 2}\n- {name: m, detector: subtree_rss_mb, threshold: 1000, duration: 2}")
			for _, set := range [][]Rule{nil, rules} {
				b.Run(fmt.Sprintf("%d_rules", len(set)), func(b *testing.B) {
					for b.Loop() {
						replaytest.Run(b, func(*replay.Host) []replay.Handler {
							return []replay.Handler{NewEngine(set, func(*schema.Alert) {})}
						}, c.Source())
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(c.Records)), "ns/record")
				})
			}
		})
	}
}

// TestSubtreeWhereIsLookedAtAnew has a process that runs something else from 5 s on.
func TestSubtreeWhereIsLookedAtAnew(t *testing.T) {
	build := func(c *replaytest.Capture) {
		c.Task(10, 1, "python")
		for second := range 20 {
			c.At(time.Duration(second) * time.Second)
			rss := int64(500 * mib)
			if second >= 5 {
				rss = mib
			}
			if second == 5 {
				c.Exec(10, "sleep")
			}
			c.Sample(10, "S", rss)
			c.System(0)
		}
	}
	const rule = "detector: subtree_rss_mb, threshold: 100, where: {comm: python}, cooldown: 0, duration: "
	runScenarios(t, []scenario{
		{"before", rule + "2", build, "2s firing 10 500\n7s resolved 10 0"},
		{"it has not held for long enough", rule + "10", build, ""},
	})
}

// TestSubtreeTakesStock looks at a capture from the midst on: memory that was sampled
// before, and does not change, is there.
func TestSubtreeTakesStock(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "db")
	c.At(time.Second).Sample(10, "S", 500*mib)
	quiet(c, time.Second+1, 20*time.Second)
	for _, from := range []time.Duration{0, 5 * time.Second} {
		var alerts []*schema.Alert
		rules := mustLoad(t, "- {name: r, detector: subtree_rss_mb, threshold: 100, duration: 2}")
		_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, replay.Options{From: replay.After(from)}, func(*replay.Host) []replay.Handler {
			return []replay.Handler{NewEngine(rules, func(a *schema.Alert) { alerts = append(alerts, a) })}
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(alerts) != 1 || alerts[0].Value != 500 || alerts[0].Evidence.FirstSeq.V != 4 {
			t.Errorf("from %s: %s, want 500 MiB of record 4", from, briefs(alerts))
		}
	}
}

// TestLossOfAnExitStays loses the exit of a process whose memory is taken to stay.
func TestLossOfAnExitStays(t *testing.T) {
	build := func(c *replaytest.Capture) {
		l := family(c)
		l.seconds(0, 4, []int64{10}, steady(2, 200))
		c.At(4*time.Second+1).Lost(schema.TypeExit, 1, 0, time.Second)
		l.seconds(4, 10, []int64{10}, steady(2, 200))
	}
	runScenarios(t, []scenario{
		{"memory", "detector: subtree_rss_mb, threshold: 100, duration: 5", build, "6s firing 10 200 incomplete"},
		{"CPU, which is 0 without a sample", "detector: subtree_cpu_pct, threshold: 100, duration: 5", build, "6s firing 10 200"},
	})
}
