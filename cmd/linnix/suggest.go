package main

import "strings"

// maxSlips is how many slips of the finger a suggestion may be away.
const maxSlips = 2

// didYouMean returns ", did you mean X?" for the candidate nearest to given, or ""
// when none is near. The first of equally near candidates wins.
func didYouMean(given string, candidates []string) string {
	best, bestDistance := "", maxSlips+1
	for _, c := range candidates {
		d := editDistance(given, c)
		if len(given) > maxSlips && strings.HasPrefix(c, given) {
			d = 1
		}
		if d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// editDistance returns how many bytes must be put in, taken out or changed to turn a
// into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
