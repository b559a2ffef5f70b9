package schema

import "testing"

func TestAnnotation(t *testing.T) {
	for _, test := range []struct {
		a    Annotation
		want string
	}{
		{Annotation{Level: "error", File: "a,b:c%", Line: 3, Col: 4, Title: "x: y, z", Message: "1%\r\n::warning::2, 3"},
			"::error file=a%2Cb%3Ac%25,line=3,col=4,title=x%3A y%2C z::1%25%0D%0A::warning::2, 3"},
		{Annotation{Level: "warning", File: "a", Line: 1, Title: "t", Message: "m"}, "::warning file=a,line=1,title=t::m"},
		{Annotation{Level: "error", Title: "t", Message: "7 more"}, "::error title=t::7 more"},
	} {
		if got := test.a.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
