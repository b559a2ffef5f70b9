package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

// help is what --help says of a command beyond its flags.
type help struct {
	// about explains in a few sentences what the command does.
	about string
	// examples are command lines a user can type; a test runs each.
	examples []string
	// exits are the exit codes the command can return.
	exits []int
}

// String returns the text for cli.Command.Description.
func (h help) String() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(h.about))
	b.WriteString("\n\nExamples:\n")
	for _, line := range h.examples {
		b.WriteString(examplePrefix + line + "\n")
	}
	b.WriteString("\nExit codes:\n")
	for _, code := range h.exits {
		fmt.Fprintf(&b, "  %3d  %s\n", code, exitMeaning(code))
	}
	return b.String()
}

// examplePrefix stands before each example of a help text.
const examplePrefix = "  $ "

// printHelp writes the help of one command.
func printHelp(w io.Writer, cmd *cli.Command) {
	usage := []string{"linnix", cmd.Name}
	if len(cmd.Flags) > 0 {
		usage = append(usage, "[flags]")
	}
	if cmd.ArgsUsage != "" {
		usage = append(usage, cmd.ArgsUsage)
	}
	fmt.Fprintf(w, "linnix %s – %s\n\nUsage: %s\n\n", cmd.Name, cmd.Usage, strings.Join(usage, " "))
	if len(cmd.Flags) > 0 {
		fmt.Fprint(w, "Flags:\n")
		printFlags(w, cmd.Flags)
		fmt.Fprint(w, "\nDefaults of flags can come from a file: see 'linnix config --help'.\n\n")
	}
	fmt.Fprint(w, cmd.Description)
}

// printFlags writes one line per flag: names, what it takes, what it does.
func printFlags(w io.Writer, flags []cli.Flag) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		placeholder, usage := placeholderOf(d)
		fmt.Fprintf(table, "  %s\t%s\n", flagNames(f)+placeholder, usage)
	}
	table.Flush()
}

// placeholderOf takes the `NAME` in backquotes out of a flag's usage text, and adds
// the default to the text.
func placeholderOf(f cli.DocGenerationFlag) (placeholder, usage string) {
	usage = f.GetUsage()
	if parts := strings.SplitN(usage, "`", 3); len(parts) == 3 {
		placeholder, usage = " "+parts[1], strings.Join(parts, "")
	}
	if text := strings.Trim(f.GetDefaultText(), `"`); f.TakesValue() && text != "" {
		usage += " (default " + text + ")"
	}
	return placeholder, usage
}

// flagNames returns a flag's names as they are typed, the short one first.
func flagNames(f cli.Flag) string {
	var short, long []string
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = append(short, "-"+name)
		} else {
			long = append(long, "--"+name)
		}
	}
	return strings.Join(append(short, long...), ", ")
}

// printOverview writes what linnix is and the list of its commands.
func printOverview(w io.Writer, commands []*cli.Command) {
	fmt.Fprint(w, "linnix – a flight recorder for Linux processes\n\nUsage: linnix [--config FILE] COMMAND [flags] [arguments]\n\n")
	printCommands(w, commands)
	fmt.Fprint(w, `
Two minutes to a first incident:
  $ linnix record -d 10s -o host.parquet
  $ linnix insight host.parquet

'linnix COMMAND --help' has the flags, examples and exit codes of a command;
'linnix --version' prints the version.
`)
}

// printCommands writes one line per command.
func printCommands(w io.Writer, commands []*cli.Command) {
	fmt.Fprintln(w, "Commands:")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cmd := range commands {
		fmt.Fprintf(table, "  %s\t%s\n", cmd.Name, cmd.Usage)
	}
	table.Flush()
}
