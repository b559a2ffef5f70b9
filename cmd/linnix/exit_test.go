package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

func TestFinish(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		err     error
		code    int
		message string
	}{
		"success":             {nil, 0, ""},
		"plain error":         {broken, 1, "linnix: broken\n"},
		"usage":               {usagef("no %s", "such"), 2, "linnix: no such\n"},
		"coded":               {withCode(exitCapture, broken), 4, "linnix: broken\n"},
		"coded, wrapped":      {fmt.Errorf("read: %w", withCode(exitCapture, broken)), 4, "linnix: read: broken\n"},
		"first of two counts": {errors.Join(withCode(3, broken), withCode(8, broken)), 3, "linnix: broken\nbroken\n"},
		"quiet":               {quietly(7), 7, ""},
		"interrupted":         {fmt.Errorf("replay: %w", context.Canceled), 130, "linnix: interrupted\n"},
		"no excuse":           {errors.Join(withCode(exitCapture, broken), withCode(exitOutput, syscall.EPIPE)), 4, "linnix: broken\nbroken pipe\n"},
		"reader has gone":     {withCode(exitOutput, fmt.Errorf("write: %w", syscall.EPIPE)), 0, ""},
		"no error stays none": {withCode(exitOutput, nil), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var message strings.Builder
			if code := finish(test.err, &stdio{err: &message}); code != test.code || message.String() != test.message {
				t.Errorf("exit code %d with %q, want %d with %q", code, &message, test.code, test.message)
			}
		})
	}
}
