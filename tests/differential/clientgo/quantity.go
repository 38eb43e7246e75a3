package main

import "k8s.io/apimachinery/pkg/api/resource"

type quantityInput struct {
	Text  string `json:"text"`
	Other string `json:"other"`
}

type quantityOutput struct {
	Canonical string `json:"canonical"`
	Value     int64  `json:"value"`
	Milli     int64  `json:"milli"`
	Compared  int    `json:"compared"`
	Sum       string `json:"sum"`
}

func init() {
	register("quantity", func(input quantityInput) (any, error) {
		quantity, err := resource.ParseQuantity(input.Text)
		if err != nil {
			return nil, err
		}
		other, err := resource.ParseQuantity(input.Other)
		if err != nil {
			return nil, err
		}
		canonical := quantity.DeepCopy()
		canonical.Neg() // forgets the text that was read
		canonical.Neg()
		sum := quantity.DeepCopy()
		sum.Add(other)
		return quantityOutput{
			Canonical: canonical.String(),
			Value:     quantity.Value(),
			Milli:     quantity.MilliValue(),
			Compared:  quantity.Cmp(other),
			Sum:       sum.String(),
		}, nil
	})
}
