package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// commandLine is a command line taken apart.
type commandLine struct {
	command *cli.Command
	help    bool
	// flags are the flags with their values, in order, and given those that were typed.
	flags []string
	given []cli.Flag
	// args are the other words; those after a "--" stand in rest.
	args, rest []string
}

// words puts the parts in the order that the cli package needs: it takes every word
// after the first argument for an argument, flags too.
func (l *commandLine) words() []string {
	words := append([]string{"linnix", l.command.Name}, l.flags...)
	words = append(words, "--")
	return append(append(words, l.args...), l.rest...)
}

// parse takes a command line apart. Flags may stand before or after arguments; what
// follows "--" is never touched.
func parse(commands []*cli.Command, words []string) (*commandLine, error) {
	command, words, err := findCommand(commands, words)
	if err != nil {
		return nil, err
	}
	line := &commandLine{command: command}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			line.rest, words = words, nil
		case isHelpFlag(word):
			line.help = true
			return line, nil
		case len(word) > 1 && word[0] == '-':
			if words, err = line.takeFlag(word, words); err != nil {
				return nil, err
			}
		default:
			line.args = append(line.args, word)
		}
	}
	return line, line.checkArgs()
}

// takeFlag takes a flag, with its value if that is the next word.
func (l *commandLine) takeFlag(word string, words []string) ([]string, error) {
	name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
	flag := findFlag(l.command, name)
	if flag == nil {
		return nil, l.unknownFlag(word, name)
	}
	l.flags, l.given = append(l.flags, word), append(l.given, flag)
	if d, ok := flag.(cli.DocGenerationFlag); hasValue || !ok || !d.TakesValue() {
		return words, nil
	}
	if len(words) == 0 {
		return nil, usagef("%s: %s needs a value; type 'linnix %[1]s --help'", l.command.Name, flagText(name))
	}
	l.flags = append(l.flags, words[0])
	return words[1:], nil
}

// unknownFlag says which flag was probably meant; -d5s is -d with its value.
func (l *commandLine) unknownFlag(word, name string) error {
	hint := didYouMean(flagText(name), l.longFlags())
	short, ok := findFlag(l.command, word[1:2]).(cli.DocGenerationFlag)
	if ok && short.TakesValue() && word[:2] != "--" && hint == "" {
		hint = fmt.Sprintf(", did you mean %s %s?", word[:2], word[2:])
	}
	return usagef("%s: unknown flag %s%s; type 'linnix %[1]s --help'", l.command.Name, flagText(name), hint)
}

// checkArgs refuses arguments to a command that takes none, or none before "--": its
// ArgsUsage, which the user reads, says so.
func (l *commandLine) checkArgs() error {
	usage := l.command.ArgsUsage
	if len(l.args) > 0 && strings.HasPrefix(usage, "[-- ") {
		return usagef("%s: put -- before the command to run: 'linnix %[1]s -- %s'",
			l.command.Name, strings.Join(append(l.args, l.rest...), " "))
	}
	if usage == "" && len(l.args)+len(l.rest) > 0 {
		return usagef("%s: unexpected argument %q; type 'linnix %[1]s --help'",
			l.command.Name, append(l.args, l.rest...)[0])
	}
	return nil
}

// findCommand finds the longest command name that words begin with, and returns what
// follows it.
func findCommand(commands []*cli.Command, words []string) (found *cli.Command, rest []string, err error) {
	for _, cmd := range commands {
		name := strings.Fields(cmd.Name)
		if len(words) < len(name) || !slices.Equal(words[:len(name)], name) {
			continue
		}
		if found == nil || len(cmd.Name) > len(found.Name) {
			found, rest = cmd, words[len(name):]
		}
	}
	if found == nil {
		return nil, nil, unknownCommand(commands, words)
	}
	return found, rest, nil
}

// unknownCommand says what is wrong with words that name no command. The first word
// may still be a family of commands.
func unknownCommand(commands []*cli.Command, words []string) error {
	given, candidates := words[0], commands
	if family := commandFamily(commands, words[0]); len(family) > 0 {
		if len(words) == 1 {
			return usagef("%s: which command? %s; type 'linnix %[1]s --help'", words[0], strings.Join(commandNames(family), ", "))
		}
		given, candidates = strings.Join(words[:2], " "), family
	}
	return usagef("unknown command %q%s; type 'linnix --help'", given, didYouMean(given, commandNames(candidates)))
}

// commandFamily returns the commands whose names begin with the word and a space.
func commandFamily(commands []*cli.Command, word string) []*cli.Command {
	var family []*cli.Command
	for _, cmd := range commands {
		if strings.HasPrefix(cmd.Name, word+" ") {
			family = append(family, cmd)
		}
	}
	return family
}

func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, cmd := range commands {
		names = append(names, cmd.Name)
	}
	return names
}

func isHelpFlag(word string) bool { return word == "-h" || word == "-help" || word == "--help" }

func findFlag(cmd *cli.Command, name string) cli.Flag {
	for _, f := range cmd.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// longFlags returns the long names of every flag as they are typed. Of the short ones
// each is near to any other.
func (l *commandLine) longFlags() []string {
	var texts []string
	for _, f := range l.command.Flags {
		for _, name := range f.Names() {
			if len(name) > 1 {
				texts = append(texts, flagText(name))
			}
		}
	}
	return texts
}

// flagText returns a flag's name as it is typed.
func flagText(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
