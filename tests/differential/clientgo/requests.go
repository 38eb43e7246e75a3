package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

type urlInput struct {
	Host         string      `json:"host"`
	Group        string      `json:"group"`
	Version      string      `json:"version"`
	Namespace    *string     `json:"namespace"`
	Resource     string      `json:"resource"`
	Name         *string     `json:"name"`
	Subresources []string    `json:"subresources"`
	Params       [][2]string `json:"params"`
}

type answerInput struct {
	Verb     string            `json:"verb"`
	Code     int               `json:"code"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	Group    string            `json:"group"`
	Resource string            `json:"resource"`
	Name     string            `json:"name"`
}

func init() {
	register("url", buildURL)
	register("errors", classify)
}

func buildURL(input urlInput) (any, error) {
	config := &rest.Config{Host: input.Host}
	client, err := clientFor(config, input.Group, input.Version)
	if err != nil {
		return nil, err
	}
	request := client.Get().Resource(input.Resource)
	if input.Namespace != nil {
		request = request.Namespace(*input.Namespace)
	}
	if input.Name != nil {
		request = request.Name(*input.Name)
	}
	if len(input.Subresources) > 0 {
		request = request.SubResource(input.Subresources...)
	}
	for _, param := range input.Params {
		request = request.Param(param[0], param[1])
	}
	if err := request.Error(); err != nil {
		return nil, err
	}
	built := request.URL()
	return map[string]any{"url": (&url.URL{Scheme: built.Scheme, Host: built.Host, Path: built.Path}).String(), "query": built.Query()}, nil
}

func clientFor(config *rest.Config, group, version string) (*rest.RESTClient, error) {
	config.GroupVersion = &schema.GroupVersion{Group: group, Version: version}
	config.APIPath = "/apis"
	if group == "" {
		config.APIPath = "/api"
	}
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	config.QPS = -1
	return rest.RESTClientFor(config)
}

// classify lets a real client read an answer from a real server.
func classify(input answerInput) (any, error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range input.Headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(input.Code)
		_, _ = w.Write([]byte(input.Body))
	}))
	defer server.Close()
	client, err := clientFor(&rest.Config{Host: server.URL}, input.Group, "v1")
	if err != nil {
		return nil, err
	}
	request := client.Verb(input.Verb).Namespace("n").Resource(input.Resource).MaxRetries(0)
	if input.Name != "" {
		request = request.Name(input.Name)
	}
	failure := request.Do(context.Background()).Error()
	if failure == nil {
		return nil, fmt.Errorf("no error")
	}
	status, ok := failure.(apierrors.APIStatus)
	if !ok {
		return nil, failure
	}
	seconds, _ := apierrors.SuggestsClientDelay(failure)
	details := status.Status().Details
	if details == nil {
		details = &metav1.StatusDetails{}
	}
	return map[string]any{
		"reason":  status.Status().Reason,
		"code":    status.Status().Code,
		"message": status.Status().Message,
		"is":      predicates(failure),
		"delay":   seconds,
		"group":   details.Group,
		"kind":    details.Kind,
		"name":    details.Name,
		"causes":  len(details.Causes),
	}, nil
}

func predicates(err error) []string {
	found := []string{}
	for name, is := range map[string]func(error) bool{
		"BadRequest":            apierrors.IsBadRequest,
		"Unauthorized":          apierrors.IsUnauthorized,
		"Forbidden":             apierrors.IsForbidden,
		"NotFound":              apierrors.IsNotFound,
		"MethodNotSupported":    apierrors.IsMethodNotSupported,
		"NotAcceptable":         apierrors.IsNotAcceptable,
		"Conflict":              apierrors.IsConflict,
		"AlreadyExists":         apierrors.IsAlreadyExists,
		"Gone":                  apierrors.IsGone,
		"ResourceExpired":       apierrors.IsResourceExpired,
		"RequestEntityTooLarge": apierrors.IsRequestEntityTooLargeError,
		"UnsupportedMediaType":  apierrors.IsUnsupportedMediaType,
		"Invalid":               apierrors.IsInvalid,
		"TooManyRequests":       apierrors.IsTooManyRequests,
		"InternalError":         apierrors.IsInternalError,
		"ServerTimeout":         apierrors.IsServerTimeout,
		"ServiceUnavailable":    apierrors.IsServiceUnavailable,
		"Timeout":               apierrors.IsTimeout,
	} {
		if is(err) {
			found = append(found, name)
		}
	}
	return found
}
