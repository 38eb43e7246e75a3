package main

import (
	"bytes"
	"encoding/json"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"
)

type jsonpathInput struct {
	Template     string          `json:"template"`
	Data         json.RawMessage `json:"data"`
	AllowMissing bool            `json:"allow_missing"`
}

func init() {
	register("jsonpath", func(input jsonpathInput) (any, error) {
		var data any
		if err := utiljson.Unmarshal(input.Data, &data); err != nil {
			return nil, err
		}
		path := jsonpath.New("").AllowMissingKeys(input.AllowMissing)
		if err := path.Parse(input.Template); err != nil {
			return nil, err
		}
		found, err := path.FindResults(data)
		if err != nil {
			return nil, err
		}
		results := [][]any{}
		for _, values := range found {
			row := []any{}
			for _, value := range values {
				row = append(row, value.Interface())
			}
			results = append(results, row)
		}
		again := jsonpath.New("").AllowMissingKeys(input.AllowMissing)
		if err := again.Parse(input.Template); err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := again.Execute(&text, data); err != nil {
			return nil, err
		}
		return map[string]any{"results": results, "text": text.String()}, nil
	})
}
