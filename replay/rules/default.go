package rules

import (
	_ "embed"
	"slices"
)

//go:embed default.yaml
var defaultYAML []byte

// DefaultYAML returns the text of the default rules, with the reason of each.
func DefaultYAML() []byte { return slices.Clone(defaultYAML) }

// Default returns the default rules. A test holds that their text is free of problems.
func Default() []Rule {
	rules, err := Load("default.yaml", defaultYAML)
	if err != nil {
		panic(err)
	}
	return rules
}
