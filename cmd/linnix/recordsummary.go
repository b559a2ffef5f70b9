package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/linnix-os/linnix/record"
	"github.com/linnix-os/linnix/schema"
)

// printSummary says what a recording did and what to type next.
func printSummary(s *stdio, sum *record.Summary, output string, size int64) {
	var byType []string
	var records int64
	for _, t := range schema.Types {
		if n := sum.Records[t]; n > 0 {
			byType = append(byType, fmt.Sprintf("%d %s", n, t))
			records += n
		}
	}
	s.note("recorded %.1f s (%s): %d records (%s)", sum.Duration.Seconds(), sum.StopReason.Words(), records, strings.Join(byType, ", "))
	processes := fmt.Sprintf("%d processes", sum.Processes)
	if sum.Processes == 1 {
		processes = "1 process"
	}
	s.note("%s; %s%s", processes, lossText(sum), filteredText(sum))
	own := fmt.Sprintf("own use: CPU %v in all, memory %s at most", sum.SelfCPU.Round(time.Millisecond), byteSize(sum.SelfMaxRSSBytes))
	if each, known := sum.BPFPerEvent(); known {
		own += fmt.Sprintf("; in the kernel %v, %v an event", sum.SelfBPF.Round(time.Microsecond), each)
	}
	if size > 0 {
		own += fmt.Sprintf("; %s: %s", output, byteSize(size))
	}
	s.note("%s", own)
	if output != "-" {
		s.note("next: linnix insight %s", shellQuote(output))
	}
}

func lossText(sum *record.Summary) string {
	var parts []string
	for _, t := range schema.Types {
		if c := sum.Counts[t]; c.Lost > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d %ss", c.Lost, c.Attempted, t))
		}
	}
	if parts == nil {
		return "no event lost"
	}
	text := "LOST " + strings.Join(parts, ", ")
	if sum.StopReason == record.StopOutputError {
		return text
	}
	return text + ": try a larger --ring-size"
}

// filteredText says how much a filter left out, or came when the capture had enough.
func filteredText(sum *record.Summary) string {
	n := sum.Filtered()
	switch limited := sum.StopReason == record.StopMaxEvents || sum.StopReason == record.StopMaxSize; {
	case n == 0:
		return ""
	case sum.HasFilter:
		return "; " + count(n, "event") + " left out by the filter"
	case limited:
		return "; " + count(n, "event") + " more until the end"
	default:
		return ""
	}
}

// shellQuote makes a name safe to paste.
func shellQuote(name string) string {
	plain := strings.IndexFunc(name, func(r rune) bool {
		return !strings.ContainsRune("./_-+:=@%,", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain && name != "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
