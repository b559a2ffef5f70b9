package main

import (
	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay"
)

// boundFlags are --from and --to of every command that replays.
func boundFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "from", Usage: "look at what happens from `T` on"},
		&cli.StringFlag{Name: "to", Usage: "look at what happens up to `T`"},
	}
}

// boundsOf reads --from and --to.
func boundsOf(c *cli.Context) (opts replay.Options, err error) {
	if opts.From, err = boundOf(c, "from"); err != nil {
		return opts, err
	}
	opts.To, err = boundOf(c, "to")
	return opts, err
}

func boundOf(c *cli.Context, name string) (replay.Bound, error) {
	bound, err := replay.ParseBound(c.String(name))
	if err != nil {
		return nil, usagef("%s: --%s: %w", c.Command.Name, name, err)
	}
	return bound, nil
}
