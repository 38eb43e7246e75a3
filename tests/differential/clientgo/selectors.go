package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

type selectorInput struct {
	Text     string                `json:"text"`
	Selector *metav1.LabelSelector `json:"selector"`
	Sets     []map[string]string   `json:"sets"`
}

func init() {
	register("labels", func(input selectorInput) (any, error) {
		selector, err := labels.Parse(input.Text)
		if err != nil {
			return nil, err
		}
		return matched(selector, input.Sets), nil
	})
	register("labelselector", func(input selectorInput) (any, error) {
		selector, err := metav1.LabelSelectorAsSelector(input.Selector)
		if err != nil {
			return nil, err
		}
		return matched(selector, input.Sets), nil
	})
	register("fields", func(input selectorInput) (any, error) {
		selector, err := fields.ParseSelector(input.Text)
		if err != nil {
			return nil, err
		}
		found := []bool{}
		for _, set := range input.Sets {
			found = append(found, selector.Matches(fields.Set(set)))
		}
		return map[string]any{"text": selector.String(), "matches": found, "everything": selector.Empty()}, nil
	})
}

func matched(selector labels.Selector, sets []map[string]string) any {
	found := []bool{}
	for _, set := range sets {
		found = append(found, selector.Matches(labels.Set(set)))
	}
	return map[string]any{"text": selector.String(), "matches": found, "everything": selector.Empty()}
}
