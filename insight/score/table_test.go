package score

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/schema"
)

// TestTable works an example through by hand: 4 storms of which 3 are found and one is
// taken for a spin; 2 spins, one of them missed; 3 normal, one of them a false storm.
func TestTable(t *testing.T) {
	var one table
	for label, found := range map[schema.Class]map[schema.Class]int{
		storm:              {storm: 3, spin: 1},
		spin:               {spin: 1, schema.ClassNormal: 1},
		schema.ClassNormal: {schema.ClassNormal: 2, storm: 1},
	} {
		for class, n := range found {
			one[indexOf(label)][indexOf(class)] = int64(n)
		}
	}
	for class, want := range map[schema.Class]float64{storm: 6.0 / 8, spin: 2.0 / 4, schema.ClassNormal: 4.0 / 6} {
		if got := one.f1(indexOf(class)); !got.OK || math.Abs(got.V-want) > 1e-12 {
			t.Errorf("F1 of %s is %v, want %g", class, got, want)
		}
	}
	if got, want := one.macroF1(), (6.0/8+2.0/4+4.0/6)/3; math.Abs(got-want) > 1e-12 {
		t.Errorf("macro-F1 %g, want %g", got, want)
	}
	wantAbsent := []schema.Class{schema.ClassShortJobFlood, schema.ClassRunawayTree, schema.ClassIOSaturation, oom}
	if diff := cmp.Diff(wantAbsent, one.absent()); diff != "" {
		t.Errorf("absent (-want +got):\n%s", diff)
	}
	wantCells := []schema.PairCount{
		{Label: storm, Found: storm, Count: 3}, {Label: storm, Found: spin, Count: 1},
		{Label: spin, Found: spin, Count: 1}, {Label: spin, Found: schema.ClassNormal, Count: 1},
		{Label: schema.ClassNormal, Found: storm, Count: 1}, {Label: schema.ClassNormal, Found: schema.ClassNormal, Count: 2},
	}
	if diff := cmp.Diff(wantCells, one.cells()); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	one.add(&one)
	if one[indexOf(storm)][indexOf(storm)] != 6 {
		t.Errorf("a table and itself give %v", one)
	}
	if empty := (&table{}).macroF1(); empty != 0 {
		t.Errorf("macro-F1 of nothing is %g", empty)
	}
}

// TestClassNeverRight holds that a class of which nothing is right has F1 0, and one
// that nobody names has none.
func TestClassNeverRight(t *testing.T) {
	var one table
	one[indexOf(storm)][indexOf(spin)] = 1
	for class, want := range map[schema.Class]schema.Opt[float64]{storm: schema.Some(0.0), spin: schema.Some(0.0), oom: {}} {
		if got := one.f1(indexOf(class)); got != want {
			t.Errorf("F1 of %s is %v, want %v", class, got, want)
		}
	}
}
