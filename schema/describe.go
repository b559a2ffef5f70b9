package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// describe says what was found and what the keyword allows; allowed is empty for a
// keyword it does not know.
func describe(keyword string, limit, found any) (is, allowed string) {
	is = quoted(found)
	bound := quoted(limit)
	switch keyword {
	case "enum":
		list, _ := limit.([]any)
		return is, "one of " + strings.Join(texts(list), ", ")
	case "const":
		return is, bound
	case "type":
		return kindOf(found) + " " + is, typeNames(limit)
	case "minimum":
		return is, "at least " + bound
	case "maximum":
		return is, "at most " + bound
	case "exclusiveMinimum":
		return is, "more than " + bound
	case "exclusiveMaximum":
		return is, "less than " + bound
	case "pattern":
		return is, "text that matches " + text(limit)
	case "minLength":
		return is, "at least " + bound + " characters"
	case "maxLength":
		return fmt.Sprintf("%d characters", utf8.RuneCountInString(text(found))), "at most " + bound
	case "minItems":
		return fmt.Sprintf("%d items", itemsOf(found)), "at least " + bound
	case "maxItems":
		return fmt.Sprintf("%d items", itemsOf(found)), "at most " + bound
	}
	return is, ""
}

func itemsOf(v any) int {
	list, _ := v.([]any)
	return len(list)
}

func typeNames(limit any) string {
	if list, ok := limit.([]any); ok {
		return strings.Join(texts(list), " or ")
	}
	return text(limit)
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "the value"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

// quoted returns v as JSON, shortened, with what a terminal would act on escaped.
func quoted(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(Clip(s, maxFound))
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "a value"
	}
	return strings.Trim(strconv.Quote(Clip(string(b), maxFound)), `"`)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(list []any) []string {
	names := make([]string, 0, len(list))
	for _, v := range list {
		names = append(names, text(v))
	}
	return names
}
