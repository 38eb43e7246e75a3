package main

import (
	"context"
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	acappsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/util/csaupgrade"
)

type patchInput struct {
	Kind     string          `json:"kind"`
	Original json.RawMessage `json:"original"`
	Modified json.RawMessage `json:"modified"`
	Current  json.RawMessage `json:"current"`
	Patch    json.RawMessage `json:"patch"`
}

type managedInput struct {
	// Writes are made one after the other: an apply with a manager, or an update with one.
	Writes []struct {
		Manager string          `json:"manager"`
		Apply   bool            `json:"apply"`
		Object  json.RawMessage `json:"object"`
	} `json:"writes"`
	Extract string   `json:"extract"`
	Old     []string `json:"old"`
	New     string   `json:"new"`
}

var structs = map[string]any{
	"Pod":        corev1.Pod{},
	"Service":    corev1.Service{},
	"ConfigMap":  corev1.ConfigMap{},
	"Deployment": appsv1.Deployment{},
}

func init() {
	register("mergepatch", func(input patchInput) (any, error) {
		two, err := jsonpatch.CreateMergePatch(input.Original, input.Modified)
		if err != nil {
			return nil, err
		}
		three, err := jsonmergepatch.CreateThreeWayJSONMergePatch(input.Original, input.Modified, input.Current)
		return map[string]any{"two": json.RawMessage(two), "three": json.RawMessage(three)}, err
	})
	register("strategicpatch", func(input patchInput) (any, error) {
		patched, err := strategicpatch.StrategicMergePatch(input.Original, input.Patch, structs[input.Kind])
		return json.RawMessage(patched), err
	})
	register("managedfields", managed)
}

func managed(input managedInput) (any, error) {
	ctx := context.Background()
	client := fake.NewClientset().AppsV1().Deployments("n")
	var last *appsv1.Deployment
	for _, write := range input.Writes {
		var err error
		if write.Apply {
			force := true
			options := metav1.PatchOptions{FieldManager: write.Manager, Force: &force}
			last, err = client.Patch(ctx, "web", types.ApplyPatchType, write.Object, options)
		} else {
			var object appsv1.Deployment
			if err := json.Unmarshal(write.Object, &object); err != nil {
				return nil, err
			}
			last, err = client.Update(ctx, &object, metav1.UpdateOptions{FieldManager: write.Manager})
		}
		if err != nil {
			return nil, fmt.Errorf("write of %s: %w", write.Manager, err)
		}
	}
	extracted, err := acappsv1.ExtractDeployment(last, input.Extract)
	if err != nil {
		return nil, err
	}
	upgraded := last.DeepCopy()
	// one after the other: of a set, client-go takes them in any order, and the first one's time stays
	for _, old := range sets.List(sets.New(input.Old...)) {
		if err := csaupgrade.UpgradeManagedFields(upgraded, sets.New(old), input.New); err != nil {
			return nil, err
		}
	}
	return map[string]any{"object": last, "extracted": extracted, "upgraded": upgraded.ManagedFields}, nil
}
