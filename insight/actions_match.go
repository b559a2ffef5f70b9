package insight

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// The slots of a text.
const (
	slotPID    = "{pid}"
	slotPPID   = "{ppid}"
	slotMiB    = "{mib}"
	slotCgroup = "{cgroup}"
)

// IsCatalogueAction says that the text is an action of the catalogue for the class, with
// values in its slots that can be: a pid, a size, or a cgroup path that holds nothing
// that a shell would act on. Whether they are those of the incident it cannot tell. No
// class knows a text that is longer than an insight may hold.
func IsCatalogueAction(class schema.Class, text string) bool {
	if utf8.RuneCountInString(text) > schema.MaxAction {
		return false
	}
	return slices.ContainsFunc(catalogue[:], func(a action) bool {
		return slices.Contains(a.classes, class) && matches(a.text, text)
	})
}

// matches says that the text is the pattern with its slots filled.
func matches(pattern, text string) bool {
	words, rest, found := strings.Cut(pattern, "{")
	text, fits := strings.CutPrefix(text, words)
	if !found || !fits {
		return fits && text == ""
	}
	name, rest, _ := strings.Cut(rest, "}")
	if "{"+name+"}" == slotCgroup {
		return matchesPath(rest, text)
	}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	return 0 < digits && digits <= len("4194304000") && text[0] != '0' && matches(rest, text[digits:])
}

// matchesPath tries each path that the text may begin with: what follows one can be
// read as a part of it.
func matchesPath(rest, text string) bool {
	end := strings.IndexFunc(text, outOfPath)
	if end < 0 {
		end = len(text)
	}
	for ; end > 0; end-- {
		if plainPath(text[:end]) && matches(rest, text[end:]) {
			return true
		}
	}
	return false
}
