package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/schema/document"
)

// configVariable names a configuration file where no --config does.
const configVariable = "LINNIX_CONFIG"

// config holds the defaults of flags that a configuration file sets. Nil sets none.
type config struct {
	name   string
	values map[configKey]configValue
}

type configKey struct{ command, flag string }

type configValue struct {
	text string
	line int
}

// value returns what the configuration sets a flag of a command to.
func (c *config) value(command, flag string) (string, bool) {
	if c == nil {
		return "", false
	}
	v, set := c.values[configKey{command, flag}]
	return v.text, set
}

// takeConfig takes --config FILE out of a command line, wherever it stands before "--".
// The name is "" without one.
func takeConfig(words []string) (name string, rest []string, err error) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word == "--" {
			return name, append(rest, words[i:]...), nil
		}
		flag, value, hasValue := strings.Cut(word, "=")
		if flag != "--config" && flag != "-config" {
			rest = append(rest, word)
			continue
		}
		if !hasValue {
			if i++; i == len(words) {
				return "", nil, usagef("--config needs a value; 'linnix config > linnix.toml' makes one to start from")
			}
			value = words[i]
		}
		if value == "" {
			return "", nil, usagef("--config needs the name of a file")
		}
		if name = value; strings.HasPrefix(name, "-") {
			return "", nil, usagef("--config needs the name of a file, not %s", name)
		}
	}
	return name, rest, nil
}

// loadConfig reads the configuration that --config or the environment names; nil if
// neither does. Its errors have exit code 3.
func loadConfig(name string, commands []*cli.Command) (*config, error) {
	if name == "" {
		name = os.Getenv(configVariable)
	}
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("open configuration: %w; 'linnix config > linnix.toml' makes one to start from", err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("read configuration: %w", err))
	}
	c, err := parseConfig(name, text, commands)
	return c, withCode(exitRules, err)
}

// parseConfig reads a configuration, which is TOML whatever its name. The error is
// [document.Problems] with everything that is wrong.
func parseConfig(name string, text []byte, commands []*cli.Command) (*config, error) {
	if !strings.EqualFold(filepath.Ext(name), ".toml") {
		return nil, fmt.Errorf("%s: a configuration is TOML: give it a name that ends in .toml", name)
	}
	file, root := document.Parse(name, text)
	check := configCheck{File: file, commands: commands, config: &config{name, make(map[configKey]configValue)}}
	if root != nil {
		check.table(root, "")
	}
	return check.config, file.Err()
}

// configCheck turns a document into a configuration.
type configCheck struct {
	*document.File
	commands []*cli.Command
	config   *config
}

// table checks the table of a command, of a family of commands, or of all of them.
func (c *configCheck) table(n *document.Node, name string) {
	command, words := c.command(name), c.words(name)
	var flags []string
	if command != nil {
		for _, f := range command.Flags {
			if !isMode(longName(f)) {
				flags = append(flags, longName(f))
			}
		}
	}
	for i, key := range n.Keys {
		value := n.Items[i]
		inner := strings.TrimSpace(name + " " + key.Text)
		switch {
		case slices.Contains(words, key.Text) && value.Kind == document.Map:
			c.table(value, inner)
		case slices.Contains(flags, key.Text):
			c.flag(command, key, value)
		case slices.Contains(words, key.Text):
			c.Report(value, document.CodeWrongType, fmt.Sprintf("write [%s]", strings.ReplaceAll(inner, " ", ".")), "%s: want a table of flags, found %s", inner, value)
		case name == "":
			c.Unknown(key, document.CodeUnknownKey, "command", words)
		default:
			c.Unknown(key, document.CodeUnknownKey, "flag of '"+name+"':", append(flags, words...))
		}
	}
}

// command returns the command of a name that has flags, or nil.
func (c *configCheck) command(name string) *cli.Command {
	for _, cmd := range c.commands {
		if cmd.Name == name {
			return cmd
		}
	}
	return nil
}

// isMode says that a flag chooses what a run does, which is typed each time: as a default
// it would turn every test into something else.
func isMode(name string) bool {
	switch name {
	case "dump", "run", "list", "update", "expect", "explain", "coverage", "baseline",
		"append", "class", "primary", "confidence", "why", "action", "recipe", "id":
		return true
	}
	return false
}

// words are the next words of the names of commands that begin with name.
func (c *configCheck) words(name string) []string {
	var words []string
	for _, cmd := range c.commands {
		rest, below := strings.CutPrefix(cmd.Name, name)
		if !below || len(cmd.Flags) == 0 || name != "" && !strings.HasPrefix(rest, " ") {
			continue
		}
		if next := strings.Fields(rest); len(next) > 0 && !slices.Contains(words, next[0]) {
			words = append(words, next[0])
		}
	}
	return words
}

// flag checks the value of a flag. An empty text sets nothing.
func (c *configCheck) flag(command *cli.Command, key, value *document.Node) {
	f := findFlag(command, key.Text)
	d, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return
	}
	text, ok := c.text(d, key.Text, value)
	if !ok || text == "" {
		return
	}
	if d.TakesValue() {
		placeholder, usage := placeholderOf(d)
		if wrong := checkFlagValue(strings.TrimSpace(placeholder), usage, text); wrong != "" {
			c.Report(value, document.CodeOutOfRange, wrong, "%s: %s is no such value", key.Text, value)
			return
		}
	}
	c.config.values[configKey{command.Name, key.Text}] = configValue{text, value.Line}
}

// text returns a value as it would be typed.
func (c *configCheck) text(f cli.DocGenerationFlag, name string, value *document.Node) (string, bool) {
	switch {
	case !f.TakesValue():
		on, ok := c.Bool(value, name)
		return strconv.FormatBool(on), ok
	case value.Kind == document.Int || value.Kind == document.Float:
		return value.Text, true
	case value.Kind == document.List:
		var words []string
		for _, item := range value.Items {
			word, ok := c.Text(item, name)
			if !ok {
				return "", false
			}
			words = append(words, word)
		}
		return strings.Join(words, ","), true
	default:
		return c.Text(value, name)
	}
}

// checkFlagValue says what a flag's value should be, by the placeholder that the help
// shows; "" if it is that. What only the command can judge, such as a pattern, passes.
func checkFlagValue(placeholder, usage, text string) string {
	switch placeholder {
	case "TIME":
		if d, err := parseDuration(text); err != nil || d <= 0 {
			return `write a length of time such as "10s"`
		}
	case "SIZE":
		if _, err := parseSize(text); err != nil {
			return `write a size such as "64KiB"`
		}
	case "N":
		if _, err := strconv.ParseUint(text, 10, 63); err != nil {
			return "write a whole number"
		}
	case "FORMAT":
		_, formats, _ := strings.Cut(usage, ": ")
		formats, _, _ = strings.Cut(formats, " (default")
		allowed := strings.FieldsFunc(strings.ReplaceAll(formats, " or ", ","), func(r rune) bool { return r == ',' || r == ' ' })
		if !slices.Contains(allowed, text) {
			return "write " + strings.Join(allowed, " or ")
		}
	}
	return ""
}

// defaults returns the words that set the flags of a command line which were not typed.
func (c *config) defaults(line *commandLine) []string {
	if c == nil {
		return nil
	}
	var words []string
	for _, f := range line.command.Flags {
		if text, set := c.value(line.command.Name, longName(f)); set && !slices.Contains(line.given, f) {
			words = append(words, flagText(longName(f))+"="+text)
		}
	}
	return words
}

// blame says of a usage error about a flag that the configuration set it, and where.
func (c *config) blame(err error, line *commandLine) error {
	if c == nil || exitCode(err) != exitUsage {
		return err
	}
	for _, f := range line.command.Flags {
		v, set := c.values[configKey{line.command.Name, longName(f)}]
		if set && !slices.Contains(line.given, f) && strings.Contains(err.Error(), flagText(longName(f))) {
			return withCode(exitRules, fmt.Errorf("%w (set in %s, line %d)", err, c.name, v.line))
		}
	}
	return err
}
