package main

import "k8s.io/kube-openapi/pkg/validation/strfmt"

type formatInput struct {
	Format string `json:"format"`
	Text   string `json:"text"`
}

func init() {
	register("formats", func(input formatInput) (any, error) {
		return strfmt.Default.Validates(input.Format, input.Text), nil
	})
}
