package main

import (
	"maps"
	"regexp"
	"slices"
	"unicode"
)

type patternInput struct {
	Pattern string   `json:"pattern"`
	Texts   []string `json:"texts"`
}

func init() {
	register("patterns", func(input patternInput) (any, error) {
		pattern, err := regexp.Compile(input.Pattern)
		if err != nil {
			return nil, err
		}
		found := []bool{}
		for _, text := range input.Texts {
			found = append(found, pattern.MatchString(text))
		}
		return found, nil
	})
	register("unicode", func(struct{}) (any, error) {
		names := slices.Collect(maps.Keys(unicode.Scripts))
		names = slices.AppendSeq(names, maps.Keys(unicode.Categories))
		names = slices.AppendSeq(names, maps.Keys(unicode.CategoryAliases))
		slices.Sort(names)
		return append(names, "Any", "Assigned", "ASCII"), nil
	})
}
