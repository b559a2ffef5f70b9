package bpf

import (
	"errors"
	"path"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, comm string
		want          bool
	}{
		{"make", "make", true},
		{"make", "cmake", false},
		{"make*", "makefile", true},
		{"*make", "cmake", true},
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"k*/0:*", "kworker/0:1-eve", true},
		{"a?c", "abc", true},
		{"[a-c]x", "bx", true},
		{"[^a-c]x", "bx", false},
		{"[!a-c]x", "dx", true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{"café*", "café-au-lait", true},
		{"*a*b*c*", "xxaxxbxxcxx", true},
		{"*a*b*c*", "xxaxxcxxbxx", false},
		{"123456789012345", "123456789012345", true},
		{"???????????????", "123456789012345", true},
		{"a**b", "ab", true},
	}
	for _, test := range tests {
		g, err := CompileGlob(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Match(test.comm); got != test.want {
			t.Errorf("%q matches %q: %v, want %v", test.pattern, test.comm, got, test.want)
		}
	}
}

// TestGlobErrors holds that what is wrong is said with its place.
func TestGlobErrors(t *testing.T) {
	tests := map[string]struct {
		pattern string
		offset  int
	}{
		"not closed":       {"ab[c", 2},
		"empty class":      {"a[]", 2},
		"range to nothing": {"a[b-]", 4},
		"range from none":  {"a[-b]", 2},
		"ends in escape":   {`ab\`, 2},
		"too long":         {"systemd-journald", 15},
		"not ASCII":        {"[é]", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := CompileGlob(test.pattern)
			var wrong *GlobError
			if !errors.As(err, &wrong) || wrong.Offset != test.offset {
				t.Errorf("%q: %v, want an error at %d", test.pattern, err, test.offset)
			}
		})
	}
}

// FuzzGlob compares with package path, as far as both mean the same: there '*' stops at
// a slash, '?' takes a whole letter, and '!' has no meaning.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b?c", "aXXbYc"}, {"[a-c]*[^x-z]", "bq"}, {`\[*\]`, "[x]"}, {"*a*a*a*", "aaaa"}, {"[", ""}, {"[]a]", "a"}, {"[a-", "b"}, {"x[b-a]", "xa"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, comm string) {
		g, err := CompileGlob(pattern)
		if strings.ContainsFunc(pattern+comm, func(r rune) bool { return r == '/' || r >= 0x80 || r == 0 }) || strings.Contains(pattern, "[!") {
			return
		}
		want, wantErr := path.Match(pattern, comm)
		var wrong *GlobError
		if errors.As(err, &wrong) && strings.HasPrefix(wrong.Reason, "a command name has") {
			return
		}
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: %v, path.Match: %v", pattern, err, wantErr)
		}
		if err == nil && g.Match(comm) != want {
			t.Errorf("%q matches %q: %v, path.Match: %v", pattern, comm, !want, want)
		}
	})
}
