package main

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/rest"
)

type mapperInput struct {
	Groups []metav1.APIGroup        `json:"groups"`
	Lists  []metav1.APIResourceList `json:"lists"`
	// Argument is what kubectl takes; Kind, Group and Versions ask for a kind instead.
	Argument string   `json:"argument"`
	Kind     string   `json:"kind"`
	Group    string   `json:"group"`
	Versions []string `json:"versions"`
}

// served is a server with these resources, as far as the mapper looks at it.
type served struct {
	groups []*metav1.APIGroup
	lists  []*metav1.APIResourceList
}

func (s served) ServerGroupsAndResources() ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	return s.groups, s.lists, nil
}
func (s served) ServerGroups() (*metav1.APIGroupList, error) { return nil, nil }
func (s served) ServerResourcesForGroupVersion(string) (*metav1.APIResourceList, error) {
	return nil, nil
}
func (s served) ServerPreferredResources() ([]*metav1.APIResourceList, error) { return nil, nil }
func (s served) ServerPreferredNamespacedResources() ([]*metav1.APIResourceList, error) {
	return nil, nil
}
func (s served) ServerVersion() (*version.Info, error)        { return nil, nil }
func (s served) OpenAPISchema() (*openapi_v2.Document, error) { return nil, nil }
func (s served) OpenAPIV3() openapi.Client                    { return nil }
func (s served) WithLegacy() discovery.DiscoveryInterface     { return s }
func (s served) RESTClient() rest.Interface                   { return nil }

func init() {
	register("restmapper", func(input mapperInput) (any, error) {
		var server served
		for i := range input.Groups {
			server.groups = append(server.groups, &input.Groups[i])
		}
		for i := range input.Lists {
			server.lists = append(server.lists, &input.Lists[i])
		}
		groups, err := restmapper.GetAPIGroupResources(server)
		if err != nil {
			return nil, err
		}
		mapper := restmapper.NewShortcutExpander(restmapper.NewDiscoveryRESTMapper(groups), server, nil)
		mapping, err := found(mapper, input)
		if err != nil {
			return nil, err
		}
		return map[string]any{
			"resource":   mapping.Resource.Resource,
			"group":      mapping.Resource.Group,
			"version":    mapping.Resource.Version,
			"kind":       mapping.GroupVersionKind.Kind,
			"namespaced": mapping.Scope.Name() == meta.RESTScopeNameNamespace,
		}, nil
	})
}

func found(mapper meta.RESTMapper, input mapperInput) (*meta.RESTMapping, error) {
	if input.Argument == "" {
		return mapper.RESTMapping(schema.GroupKind{Group: input.Group, Kind: input.Kind}, input.Versions...)
	}
	// the order in which kubectl's resource builder tries them
	gvr, resource := schema.ParseResourceArg(input.Argument)
	var kind schema.GroupVersionKind
	if gvr != nil {
		kind, _ = mapper.KindFor(*gvr)
	}
	if kind.Empty() {
		kind, _ = mapper.KindFor(resource.WithVersion(""))
	}
	if !kind.Empty() {
		return mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	gvk, groupKind := schema.ParseKindArg(input.Argument)
	if gvk == nil {
		full := groupKind.WithVersion("")
		gvk = &full
	}
	if mapping, err := mapper.RESTMapping(gvk.GroupKind(), gvk.Version); err == nil {
		return mapping, nil
	}
	return mapper.RESTMapping(groupKind)
}
