package schema

import "strings"

// maxNearest bounds the words that are compared, as the cost grows with the square.
const maxNearest = 64

// Nearest returns the word that was probably meant, or "": the one with the fewest
// edits (a swap of neighbours counts as one), at most a third of its length; the
// first of equals.
func Nearest(word string, words []string) string {
	best, bestEdits := "", maxNearest
	if len(word) == 0 || len(word) > maxNearest {
		return ""
	}
	for _, w := range words {
		if len(w) > maxNearest {
			continue
		}
		n := edits(strings.ToLower(word), strings.ToLower(w))
		if n < bestEdits && n <= (len(w)+2)/3 {
			best, bestEdits = w, n
		}
	}
	return best
}

// edits returns the optimal string alignment distance of a and b in bytes.
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
