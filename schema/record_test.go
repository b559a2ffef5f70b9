package schema

import "testing"

func TestTypeIndex(t *testing.T) {
	for want, typ := range Types {
		if got := typ.Index(); got != want {
			t.Errorf("%s: index %d, want %d", typ, got, want)
		}
	}
	for _, typ := range [...]Type{"", "met", "metas", "Meta"} {
		if got := typ.Index(); got != -1 {
			t.Errorf("%q: index %d, want -1", typ, got)
		}
	}
}
