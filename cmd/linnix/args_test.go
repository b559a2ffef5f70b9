package main

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestParse(t *testing.T) {
	commands := []*cli.Command{
		{Name: "show", ArgsUsage: "FILE…", Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}}, &cli.BoolFlag{Name: "all"}}},
		{Name: "show rules"},
		{Name: "run", ArgsUsage: "[-- COMMAND ARG…]", Flags: []cli.Flag{&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}}}},
	}
	for name, test := range map[string]struct{ line, words, problem string }{
		"flags first":             {"show --format json --all a b", "show|--format|json|--all|--|a|b", ""},
		"flags last":              {"show a b --format json --all", "show|--format|json|--all|--|a|b", ""},
		"flags between":           {"show a -f json b", "show|-f|json|--|a|b", ""},
		"value after =":           {"show a --format=json", "show|--format=json|--|a", ""},
		"value like a flag":       {"show --format --all a", "show|--format|--all|--|a", ""},
		"dash is an argument":     {"show - --all", "show|--all|--|-", ""},
		"offset is an argument":   {"show +1.5s", "show|--|+1.5s", ""},
		"after -- nothing counts": {"show --all -- --format", "show|--all|--|--format", ""},
		"longest name wins":       {"show rules", "show rules|--", ""},
		"an argument like a name": {"show --all rules", "show|--all|--|rules", ""},
		"command after --":        {"run -q -- ls -q --all", "run|-q|--|ls|-q|--all", ""},
		"command without --":      {"run ls", "", "put -- before the command to run: 'linnix run -- ls'"},
		"no arguments taken":      {"show rules x", "", `unexpected argument "x"`},
		"unknown flag":            {"show --formt json", "", "unknown flag --formt, did you mean --format?"},
		"missing value":           {"show --format", "", "--format needs a value"},
		"unknown command":         {"shwo", "", `unknown command "shwo", did you mean show?`},
		"empty command":           {"", "", `unknown command ""`},
	} {
		t.Run(name, func(t *testing.T) {
			line, err := parse(commands, strings.Split(test.line, " "))
			switch {
			case test.problem != "":
				if err == nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("error %v, want a usage error with %q", err, test.problem)
				}
			case err != nil:
				t.Error(err)
			default:
				if got := strings.Join(line.words()[1:], "|"); got != test.words {
					t.Errorf("got  %s\nwant %s", got, test.words)
				}
			}
		})
	}
}

func TestParseHelp(t *testing.T) {
	commands := []*cli.Command{{Name: "run", ArgsUsage: "[-- COMMAND]"}}
	for text, want := range map[string]bool{"run --help": true, "run -h x": true, "run -- ls --help": false} {
		line, err := parse(commands, strings.Split(text, " "))
		if err != nil || line.help != want {
			t.Errorf("%s: help %v, error %v", text, line.help, err)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"record", "replay", "capture info"}
	for given, want := range map[string]string{
		"recrod": "record", "repaly": "replay", "capture ifno": "capture info", "xyzzy": "", "re": "", "": "",
	} {
		if got := didYouMean(given, known); got != "" != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
