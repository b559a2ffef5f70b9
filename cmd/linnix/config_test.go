package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/schema/document"
)

// TestPrintedConfigIsSound takes every # out of what 'linnix config' prints, and loads it:
// it must name each flag of each command, and no value may be wrong.
func TestPrintedConfigIsSound(t *testing.T) {
	commands := commandTable(&stdio{})
	var b strings.Builder
	printConfig(&b, commands, nil)
	text := regexp.MustCompile(`(?m)^# ([a-z0-9-]+ = (?:"|true|false))`).ReplaceAllString(b.String(), "$1")
	c, err := parseConfig("linnix.toml", []byte(text), commands)
	if err != nil {
		t.Fatal(err)
	}
	for _, cmd := range commands {
		for _, f := range cmd.Flags {
			if !isMode(longName(f)) && !strings.Contains(text, "\n"+longName(f)+" = ") {
				t.Errorf("--%s of %s is not in it", longName(f), cmd.Name)
			}
		}
	}
	if text, set := c.value("replay", "every"); !set || text != "5s" {
		t.Errorf("replay.every is %q, set %t", text, set)
	}
}

// TestEveryFlagCanBeConfigured sets each flag of each command by a file of its own, and
// looks at what reaches the command line.
func TestEveryFlagCanBeConfigured(t *testing.T) {
	values := map[string]string{"TIME": "7s", "SIZE": "1MiB", "N": "5", "FORMAT": "json"}
	for _, cmd := range commandTable(&stdio{}) {
		for _, f := range cmd.Flags {
			if isMode(longName(f)) {
				continue
			}
			d := f.(cli.DocGenerationFlag)
			value, written := "true", "true"
			if d.TakesValue() {
				placeholder, _ := placeholderOf(d)
				if value = values[strings.TrimSpace(placeholder)]; value == "" {
					value = "x"
				}
				written = `"` + value + `"`
			}
			text := "[" + strings.ReplaceAll(cmd.Name, " ", ".") + "]\n" + longName(f) + " = " + written + "\n"
			c, err := parseConfig("a.toml", []byte(text), commandTable(&stdio{}))
			if err != nil {
				t.Errorf("%s: %v", cmd.Name, err)
				continue
			}
			line := &commandLine{command: cmd}
			if got, want := strings.Join(c.defaults(line), " "), "--"+longName(f)+"="+value; got != want {
				t.Errorf("%s: %s, want %s", cmd.Name, got, want)
			}
			line.given = []cli.Flag{f}
			if got := c.defaults(line); len(got) > 0 {
				t.Errorf("%s: %s wins over what was typed", cmd.Name, got)
			}
		}
	}
}

func TestConfigProblems(t *testing.T) {
	tests := []struct {
		text    string
		line    int
		message string
	}{
		{"[recrod]\n", 1, `unknown command "recrod"`},
		{"[record]\nintervall = \"1s\"\n", 2, `unknown flag of 'record': "intervall"`},
		{"[replay]\nevery = \"soon\"\n", 2, `every: text "soon" is no such value`},
		{"[replay]\nevery = true\n", 2, "every: want text, found true"},
		{"[record]\nforce = 1\n", 2, "force: want true or false, found 1"},
		{"[record]\nring-size = \"16 elephants\"\n", 2, "ring-size"},
		{"[record]\nmax-events = -1\n", 2, "max-events"},
		{"[replay]\nformat = \"xml\"\n", 2, "format"},
		{"[capture]\nforce = true\n", 2, "unknown flag of 'capture':"},
		{"[capture.infoo]\nformat = \"json\"\n", 1, `"infoo"`},
		{"[capture]\ninfo = 3\n", 2, "capture info: want a table of flags, found 3"},
		{"replay = \"x\"\n", 1, "replay: want a table of flags"},
		{"[record]\nduration = {a = 1}\n", 2, "duration: want text, found a map"},
		{"[record\n", 1, "expected"},
		{"[replay.test]\ndump = true\n", 2, `unknown flag of 'replay test': "dump"`},
	}
	for _, test := range tests {
		_, err := parseConfig("c.toml", []byte(test.text), commandTable(&stdio{}))
		problems, _ := err.(document.Problems)
		if len(problems) != 1 || problems[0].Line != test.line || !strings.Contains(problems[0].Message, test.message) {
			t.Errorf("%q: %v, want line %d: %s", test.text, err, test.line, test.message)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("[replay]\nevery = 5\n[replay.test]\nformat = \"json\"\n")
	f.Add("a.b.c = [1, 'x']\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseConfig("c.toml", []byte(text), commandTable(&stdio{})); err == nil {
			for _, cmd := range commandTable(&stdio{}) {
				c.defaults(&commandLine{command: cmd})
			}
		}
	})
}
