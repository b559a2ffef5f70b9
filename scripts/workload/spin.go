package main

import (
	"errors"
	"flag"
	"runtime"
	"sync"
	"time"
)

func defineSpin(flags *flag.FlagSet) func() error {
	threads := flags.Int("threads", 2, "how many `threads` spin")
	seconds := flags.Int("seconds", 12, "for how many `seconds`")
	return func() error {
		if err := errors.Join(within("threads", *threads, 1, 8), within("seconds", *seconds, 1, maxSeconds)); err != nil {
			return err
		}
		runtime.GOMAXPROCS(*threads)
		end := time.Now().Add(time.Duration(*seconds) * time.Second)
		var all sync.WaitGroup
		for range *threads {
			all.Go(func() { spin(end) })
		}
		all.Wait()
		return nil
	}
}

// spin looks at the clock now and then and does nothing else.
func spin(end time.Time) {
	for time.Now().Before(end) {
		for i := 0; i < 1_000_000; i++ {
		}
	}
}
