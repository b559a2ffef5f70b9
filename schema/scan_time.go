package schema

import "time"

// minuteLen is how much of the text of a time names its minute.
const minuteLen = len("2006-01-02T15:04:")

// minuteCache holds minutes that were read: most times of a capture lie in few of them,
// and a date takes longer to work out than all else in a line.
type minuteCache [64]struct {
	text  [minuteLen]byte
	begin Time
}

// time reads a time with nine digits of a second.
func (s *scanner) time() (Time, bool) {
	const quoted = 1 + timeTextLen + 1
	if len(s.line)-s.at < quoted {
		return 0, false
	}
	text := s.line[s.at : s.at+quoted]
	if text[0] != '"' || text[quoted-1] != '"' {
		return 0, false
	}
	s.at += quoted
	return s.minutes.parse(text[1 : quoted-1])
}

// parse reads a text of timeTextLen bytes.
func (c *minuteCache) parse(text []byte) (Time, bool) {
	minute, rest := [minuteLen]byte(text), text[minuteLen:]
	seconds, ok := twoDigits(rest)
	if !ok || seconds > 59 || rest[2] != '.' || rest[12] != 'Z' {
		return 0, false
	}
	ns := 0
	for _, d := range rest[3:12] {
		if !isDigit(d) {
			return 0, false
		}
		ns = ns*10 + int(d-'0')
	}
	since := Time(seconds)*Time(time.Second) + Time(ns)
	number, _ := twoDigits(text[minuteLen-3:])
	at := &c[uint(number)%uint(len(c))]
	if at.text != minute {
		t, err := ParseTime(string(text))
		if err != nil {
			return 0, false
		}
		at.text, at.begin = minute, t-since
	}
	return at.begin + since, true
}

func twoDigits(b []byte) (int, bool) {
	return int(b[0]-'0')*10 + int(b[1]-'0'), isDigit(b[0]) && isDigit(b[1])
}
