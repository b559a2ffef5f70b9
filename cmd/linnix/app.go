package main

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"
)

// commandTable lists every command. A new command is one file and one row. The
// names are flat, "replay check" too: a capture called "check" can then never be
// taken for a subcommand once "replay" is chosen.
func commandTable(s *stdio) []*cli.Command {
	return []*cli.Command{
		newRecordCommand(s),
		newReplayCommand(s),
		newReplayCheckCommand(s),
		newReplayRulesCommand(s),
		newReplayTestCommand(s),
		newInsightCommand(s),
		newInsightValidateCommand(s),
		newInsightEvalCommand(s),
		newInsightNewCommand(s),
		newCaptureInfoCommand(s),
		newCaptureCatCommand(s),
		newCaptureConvertCommand(s),
		newCaptureRecoverCommand(s),
		newCaptureTopCommand(s),
		newCaptureTreeCommand(s),
		newDoctorCommand(s),
		newConfigCommand(s),
		newVersionCommand(s),
	}
}

// run carries out one command line, given without the program's name, and returns
// the exit code.
func run(ctx context.Context, words []string, s *stdio) int {
	return finish(dispatch(ctx, words, s), s)
}

func dispatch(ctx context.Context, words []string, s *stdio) error {
	commands := commandTable(s)
	name, words, err := takeConfig(words)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		printOverview(s.err, commands)
		return quietly(exitUsage)
	}
	switch word := words[0]; {
	case isHelpFlag(word):
		words = []string{"help"}
	case word == "-v", word == "-version", word == "--version":
		words = []string{"version"}
	}
	switch {
	case words[0] == "help":
		return runHelp(commands, words[1:], s)
	case len(words) == 2 && isHelpFlag(words[1]):
		return runHelp(commands, words[:1], s)
	}
	line, err := parse(commands, words)
	if err != nil {
		return err
	}
	if line.help {
		return answer(s, func(w io.Writer) { printHelp(w, line.command) })
	}
	if s.config, err = loadConfig(name, commands); err != nil {
		return err
	}
	line.flags = append(s.config.defaults(line), line.flags...)
	return s.config.blame(newApp(commands, s).RunContext(ctx, line.words()), line)
}

// runHelp prints the overview, or the help of the command or the family of commands,
// such as "capture", that words name.
func runHelp(commands []*cli.Command, words []string, s *stdio) error {
	if len(words) == 0 {
		return answer(s, func(w io.Writer) { printOverview(w, commands) })
	}
	command, _, err := findCommand(commands, words)
	if family := commandFamily(commands, words[0]); err != nil && len(words) == 1 && len(family) > 0 {
		return answer(s, func(w io.Writer) { printCommands(w, family) })
	}
	if err != nil {
		return err
	}
	return answer(s, func(w io.Writer) { printHelp(w, command) })
}

// newApp hands the commands to the cli package with all its printing and exiting
// turned off: it prints usage errors on stdout, calls os.Exit, and does not pass
// OnUsageError on to commands.
func newApp(commands []*cli.Command, s *stdio) *cli.App {
	for _, cmd := range commands {
		cmd.HideHelp = true
		cmd.OnUsageError = func(c *cli.Context, err error, _ bool) error {
			return usagef("%s: %w; type 'linnix %[1]s --help'", c.Command.Name, err)
		}
	}
	return &cli.App{
		Name:           "linnix",
		HideHelp:       true,
		HideVersion:    true,
		Commands:       commands,
		Reader:         s.in,
		Writer:         io.Discard,
		ErrWriter:      io.Discard,
		ExitErrHandler: func(*cli.Context, error) {},
	}
}
