package main

import (
	"compress/flate"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// computeBlock is what one worker takes at a time.
	computeBlock = 256 << 10
	// maxComputeOutput is where the output begins anew.
	maxComputeOutput = 64 << 20
)

func defineCompute(flags *flag.FlagSet) func() error {
	workers := flags.Int("workers", 8, "how many `workers` compress")
	seconds := flags.Int("seconds", 15, "for how many `seconds`")
	out := flags.String("out", "", "the `file` to write; at most 64 MiB")
	return func() error {
		err := errors.Join(within("workers", *workers, 1, 16), within("seconds", *seconds, 1, maxSeconds))
		if err != nil {
			return err
		}
		file, err := os.Create(*out)
		if err != nil {
			return err
		}
		defer file.Close()
		runtime.GOMAXPROCS(*workers)
		return compute(file, *workers, time.Now().Add(time.Duration(*seconds)*time.Second))
	}
}

// compute hands blocks of text to workers and writes what they make of them. Each block
// is new memory, as in a program that works on a stream.
func compute(out *os.File, workers int, end time.Time) error {
	blocks, packed := make(chan []byte), make(chan []byte)
	go func() {
		defer close(blocks)
		for seed := uint64(1); time.Now().Before(end); seed++ {
			blocks <- text(seed)
		}
	}()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for block := range blocks {
				packed <- pack(block)
			}
		})
	}
	go func() {
		all.Wait()
		close(packed)
	}()
	var failed error
	written := 0
	for block := range packed { // read to its end, so that no worker waits for ever
		if written += len(block); written > maxComputeOutput {
			_, err := out.Seek(0, io.SeekStart)
			failed, written = errors.Join(failed, err), len(block)
		}
		if _, err := out.Write(block); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// text returns a block that can be compressed by half or so.
func text(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, seed))
	block := make([]byte, computeBlock)
	for i := range block {
		block[i] = "etaoin shrdlu\n"[r.IntN(14)]
	}
	return block
}

// pack compresses a block.
func pack(block []byte) []byte {
	var b collector
	w, _ := flate.NewWriter(&b, flate.BestCompression) // fails on an unknown level only
	w.Write(block)
	w.Close()
	return b
}

// collector keeps what is written to it.
type collector []byte

func (c *collector) Write(p []byte) (int, error) {
	*c = append(*c, p...)
	return len(p), nil
}
