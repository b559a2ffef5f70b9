// Command linnix records what a Linux host's processes did, replays such captures
// through rules, and names the incidents in them.
//
// It holds flags, streams and exit codes, and nothing else: one file per command,
// each with the flags (newXCommand), the options (xOptions) and the work (runX),
// and one row in the table of app.go.
package main

import (
	"context"
	"os"
)

func main() {
	ctx := untilSignal(context.Background())
	os.Exit(run(ctx, os.Args[1:], &stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
