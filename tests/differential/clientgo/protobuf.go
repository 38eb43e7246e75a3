package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"sort"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"sigs.k8s.io/randfill"
)

// filling says how the objects are made.
type filling struct {
	Seed      int64   `json:"seed"`
	NilChance float64 `json:"nilChance"`
}

// encoded is one object in both forms.
type encoded struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	JSON       json.RawMessage `json:"json"`
	Protobuf   []byte          `json:"protobuf"`
}

func init() {
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensionsv1.AddToScheme, apiregistrationv1.AddToScheme,
	} {
		if err := add(kinds); err != nil {
			panic(err)
		}
	}
	serializer := protobuf.NewSerializer(kinds, kinds)

	// every kind of the scheme, filled, in both forms
	register("protobuf fill", func(input filling) (any, error) {
		fill := filler(input)
		var all []encoded
		for _, kind := range servedKinds(kinds) {
			object, err := kinds.New(kind)
			if err != nil {
				return nil, err
			}
			fill.Fill(object)
			object.GetObjectKind().SetGroupVersionKind(kind)
			var wire bytes.Buffer
			if err := serializer.Encode(object, &wire); err != nil {
				return nil, fmt.Errorf("%v: %w", kind, err)
			}
			text, err := json.Marshal(object)
			if err != nil {
				return nil, fmt.Errorf("%v: %w", kind, err)
			}
			version, name := kind.ToAPIVersionAndKind()
			all = append(all, encoded{version, name, text, wire.Bytes()})
		}
		return all, nil
	})

	// what an object in protobuf is in JSON
	register("protobuf read", func(input []byte) (any, error) {
		object, _, err := serializer.Decode(input, nil, nil)
		if err != nil {
			return nil, err
		}
		return object, nil
	})
}

func servedKinds(kinds *runtime.Scheme) []schema.GroupVersionKind {
	var found []schema.GroupVersionKind
	for kind := range kinds.AllKnownTypes() {
		options := strings.HasSuffix(kind.Kind, "Options") || kind.Kind == "WatchEvent"
		if !options && kind.Version != runtime.APIVersionInternal {
			found = append(found, kind)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].String() < found[j].String() })
	return found
}

// filler makes values that both forms can hold: an empty list is nothing in protobuf, null bytes in a
// map are empty there, a schema that
// is none of its alternatives is nothing in JSON, and a time has no more digits than its JSON.
func filler(input filling) *randfill.Filler {
	return randfill.NewWithSeed(input.Seed).NilChance(input.NilChance).NumElements(1, 2).MaxDepth(20).Funcs(
		func(kind *metav1.TypeMeta, c randfill.Continue) {},
		func(text *string, c randfill.Continue) {
			letters := []rune("az09-./ \"\\\n<é世🚀\u2028")
			word := make([]rune, c.Intn(9))
			for i := range word {
				word[i] = letters[c.Intn(len(letters))]
			}
			*text = string(word)
		},
		func(at *metav1.Time, c randfill.Continue) { at.Time = time.Unix(seconds(c.Rand), 0) },
		func(at *metav1.MicroTime, c randfill.Continue) {
			at.Time = time.Unix(seconds(c.Rand), 1000*c.Int63n(1_000_000))
		},
		func(length *metav1.Duration, c randfill.Continue) {
			length.Duration = time.Duration(c.Int63() >> c.Intn(63))
			if c.Bool() {
				length.Duration = -length.Duration
			}
		},
		func(quantity *resource.Quantity, c randfill.Continue) {
			suffix := []string{"", "m", "k", "Mi", "G", "e3"}[c.Intn(6)]
			*quantity = resource.MustParse(fmt.Sprintf("%d%s", c.Int31(), suffix))
		},
		func(either *intstr.IntOrString, c randfill.Continue) {
			if c.Bool() {
				*either = intstr.FromInt32(c.Int31() - c.Int31())
			} else {
				*either = intstr.FromString(fmt.Sprintf("%d%%", c.Intn(101)))
			}
		},
		func(data *map[string][]byte, c randfill.Continue) {
			*data = map[string][]byte{c.String(5): []byte(c.String(9)), "empty": {}}
		},
		func(raw *runtime.RawExtension, c randfill.Continue) { raw.Raw = document(c) },
		func(raw *metav1.FieldsV1, c randfill.Continue) { raw.SetRawBytes(document(c)) },
		func(raw *apiextensionsv1.JSON, c randfill.Continue) { raw.Raw = document(c) },
		func(props *apiextensionsv1.JSONSchemaProps, c randfill.Continue) {
			// schemas hold schemas: only some go on
			if c.Intn(4) == 0 {
				c.FillNoCustom(props)
				return
			}
			c.Fill(&props.Description)
			c.Fill(&props.Enum)
			c.Fill(&props.Maximum)
			c.Fill(&props.XPreserveUnknownFields)
		},
		func(either *apiextensionsv1.JSONSchemaPropsOrBool, c randfill.Continue) {
			if either.Allows = c.Bool(); either.Allows {
				c.Fill(&either.Schema)
			}
		},
		func(either *apiextensionsv1.JSONSchemaPropsOrArray, c randfill.Continue) {
			if c.Bool() {
				c.Fill(&either.Schema)
			} else {
				c.Fill(&either.JSONSchemas)
			}
			if either.Schema == nil && len(either.JSONSchemas) == 0 {
				either.Schema = &apiextensionsv1.JSONSchemaProps{}
			}
		},
		func(either *apiextensionsv1.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			if c.Bool() {
				c.Fill(&either.Schema)
			} else {
				c.Fill(&either.Property)
			}
			if either.Schema == nil && len(either.Property) == 0 {
				either.Schema = &apiextensionsv1.JSONSchemaProps{}
			}
		},
	)
}

func seconds(r *rand.Rand) int64 { return r.Int63n(8_000_000_000) - 2_000_000_000 }

func document(c randfill.Continue) []byte {
	text, err := json.Marshal(map[string]any{
		"apiVersion": "example.com/v1", "kind": "Any", c.String(5): c.Intn(1000), "f:x": map[string]any{},
	})
	if err != nil {
		panic(err)
	}
	return text
}
