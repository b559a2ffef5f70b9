package main

import (
	"sync/atomic"
	"testing"

	"github.com/linnix-os/linnix/insight"
)

// TestInParallel holds that each number comes once, and all before the end.
func TestInParallel(t *testing.T) {
	var each insight.Each = inParallel
	for _, n := range []int{0, 1, 2, 1000} {
		calls := make([]atomic.Int64, n)
		each(n, func(i int) { calls[i].Add(1) })
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("%d of %d: %d calls, want 1", i, n, got)
			}
		}
	}
}
