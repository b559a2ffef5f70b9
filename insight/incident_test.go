package insight

import (
	"slices"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// TestOneSession holds that what shares nothing but the session which it was started
// from is judged by itself.
func TestOneSession(t *testing.T) {
	tests := []struct {
		name string
		make func(s *scenario)
		want []schema.Class
	}{
		{"a storm beside a build", func(s *scenario) {
			build := s.fork(2*sec, shell)
			for i := range 1200 {
				s.fork(3*sec, build)
				s.Exit(s.next)
				if i == 600 {
					s.to(5 * sec)
				}
			}
			s.storm(5*sec, 400, 390)
		}, []schema.Class{schema.ClassForkStorm}},
		{"a slow growth beside a build", func(s *scenario) {
			build, slow := s.fork(sec, shell), s.fork(sec, shell)
			var m moments
			m.births(s, &slow, 3*sec, 19*sec, 20)
			s.play(m)
			for range 150 {
				s.fork(19*sec, build)
				s.Exit(s.next)
			}
		}, []schema.Class{schema.ClassRunawayTree}},
		{"a spin beside a storm", func(s *scenario) {
			spinner := s.fork(2*sec, shell)
			s.storm(3*sec, 400, 390)
			s.run(spinner, 4*sec, 20*sec, work{cpu: sec})
		}, []schema.Class{schema.ClassForkStorm, schema.ClassCPUSpin}},
		{"a spin whose parent storms", func(s *scenario) {
			root := s.fork(2*sec, shell)
			spinner := s.fork(2*sec, root)
			for range 400 {
				s.fork(4*sec, root)
			}
			s.run(spinner, 4*sec, 20*sec, work{cpu: sec})
		}, []schema.Class{schema.ClassForkStorm}},
		{"two spins of one pool", func(s *scenario) {
			pool := s.fork(2*sec, shell)
			a, b := s.fork(3*sec, pool), s.fork(3*sec, pool)
			for at := 3 * sec; at < 20*sec; at += sec {
				s.run(a, at, at, work{})
				s.run(b, at, at, work{})
				s.Burn(a, sec).Burn(b, sec)
			}
		}, []schema.Class{schema.ClassCPUSpin}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			tt.make(s)
			records := s.end(max(s.sampled, 21*sec)).analyze(t)
			if got := classesOf(records); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

// TestStormBesideBuildNamesItsRoot holds that the process named is the storm's, not the
// session that the build shares with it.
func TestStormBesideBuildNamesItsRoot(t *testing.T) {
	s := newScenario()
	build := s.fork(2*sec, shell)
	for range 1200 {
		s.fork(3*sec, build)
		s.Exit(s.next)
	}
	root := s.storm(5*sec, 400, 390)
	p := s.end(20 * sec).only(t).Context.Incident.Primary
	if p == nil || p.PID != root {
		t.Errorf("the process is %+v, want pid %d", p, root)
	}
}
