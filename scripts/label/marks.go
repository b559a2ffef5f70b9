package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// incident is what the workload said of one.
type incident struct {
	class schema.Class
	onset schema.Time
	end   schema.Time // 0 where no end was marked
	pid   int64
}

// parseMarks reads lines 'SECONDS.MICROS begin CLASS PID' and 'SECONDS.MICROS end
// CLASS', an end being that of the last of its class which began. The incidents come in
// order of their onset.
func parseMarks(text string) ([]incident, error) {
	var found []incident
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if text == "" {
			break
		}
		var err error
		if found, err = parseMark(found, strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	slices.SortStableFunc(found, func(a, b incident) int { return int(a.onset.Sub(b.onset)) })
	return found, nil
}

func parseMark(found []incident, fields []string) ([]incident, error) {
	if len(fields) < 3 {
		return nil, fmt.Errorf("%q is no mark", strings.Join(fields, " "))
	}
	at, err := parseTime(fields[0])
	if err != nil {
		return nil, err
	}
	class := schema.Class(fields[2])
	switch {
	case fields[1] == "begin" && len(fields) == 4:
		pid, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, err
		}
		return append(found, incident{class: class, onset: at, pid: pid}), nil
	case fields[1] == "end" && len(fields) == 3:
		for i := len(found) - 1; i >= 0; i-- {
			if found[i].class == class && found[i].end == 0 {
				found[i].end = at
				return found, nil
			}
		}
		return nil, fmt.Errorf("%s ends, but has not begun", class)
	}
	return nil, fmt.Errorf("%q is no mark", strings.Join(fields, " "))
}

// parseTime reads seconds and microseconds since 1970.
func parseTime(text string) (schema.Time, error) {
	seconds, micros, ok := strings.Cut(text, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	us, err2 := strconv.ParseUint(micros, 10, 32)
	if !ok || err != nil || err2 != nil || len(micros) != 6 {
		return 0, fmt.Errorf("%q is no time in seconds and microseconds", text)
	}
	return schema.Time(s*1e9 + int64(us)*1e3), nil
}
