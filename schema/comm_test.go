package schema

import "testing"

func TestEscapeComm(t *testing.T) {
	tests := []struct{ name, comm, want string }{
		{"plain", "java", "java"},
		{"empty", "", "%00"},
		{"slash and colon", "kworker/0:1", "kworker/0:1"},
		{"separators", "a,b;c=d%e", "a%2Cb%3Bc%3Dd%25e"},
		{"space", "Web Content", "Web%20Content"},
		{"terminal escape", "\x1b[31mred", "%1B[31mred"},
		{"newline", "a\nb", "a%0Ab"},
		{"not UTF-8", "a\xffb", "a%FFb"},
		{"bidi override", "a\u202eb", "a%E2%80%AEb"},
		{"zero width", "a\u200bb", "a%E2%80%8Bb"},
		{"no-break space", "a\u00a0b", "a%C2%A0b"},
		{"wide", "日本", "日本"},
		{"the empty list's name", "none", "%6Eone"},
		{"like the empty list's name", "nonesuch", "nonesuch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := EscapeComm(tt.comm)
			if got != tt.want {
				t.Errorf("EscapeComm(%q) = %q, want %q", tt.comm, got, tt.want)
			}
			back, err := UnescapeComm(got)
			if err != nil || back != tt.comm {
				t.Errorf("UnescapeComm(%q) = %q, %v; want %q", got, back, err, tt.comm)
			}
		})
	}
}

func TestUnescapeCommRefuses(t *testing.T) {
	for _, text := range []string{"", "%", "%2", "%zz", "a b", "a,b", "a\x1b", "\xff", "a\u202e"} {
		if comm, err := UnescapeComm(text); err == nil {
			t.Errorf("UnescapeComm(%q) = %q without an error", text, comm)
		}
	}
}
