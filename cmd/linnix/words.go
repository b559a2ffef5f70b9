package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// didYouMean returns ", did you mean X?" for the candidate that was probably meant, or
// "" when none is near.
func didYouMean(given string, candidates []string) string {
	near := schema.Nearest(given, candidates)
	if near == "" {
		return ""
	}
	return ", did you mean " + near + "?"
}

// count writes a number with its noun: "1 record", "2 records".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}

// byteSize writes a size in bytes with a binary unit and three digits or so.
func byteSize(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// seconds writes a duration in seconds with one digit.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// visible writes text of a capture so that no rune of it acts on a terminal: what does
// not print stands as \u and four hexadecimal digits or so, as in Go.
func visible(s string) string {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shellWord writes one argument of a recorded command line so that it can be told from
// its neighbours, and does nothing to a terminal.
func shellWord(arg string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("0123456789_-./:=,+@%", r))
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return strconv.Quote(arg)
}

// commandText writes a recorded command line on one line.
func commandText(argv []string) string {
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = shellWord(arg)
	}
	return strings.Join(words, " ")
}
