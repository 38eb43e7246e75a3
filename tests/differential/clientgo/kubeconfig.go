package main

import (
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type kubeconfigInput struct {
	Files     []string `json:"files"`
	Explicit  bool     `json:"explicit"`
	Context   string   `json:"context"`
	Cluster   string   `json:"cluster"`
	User      string   `json:"user"`
	Namespace string   `json:"namespace"`
	Server    string   `json:"server"`
	Token     string   `json:"token"`
}

func init() {
	register("kubeconfig", func(input kubeconfigInput) (any, error) {
		rules := &clientcmd.ClientConfigLoadingRules{Precedence: input.Files}
		if input.Explicit {
			rules = &clientcmd.ClientConfigLoadingRules{ExplicitPath: input.Files[0]}
		}
		overrides := &clientcmd.ConfigOverrides{CurrentContext: input.Context}
		overrides.Context.Cluster = input.Cluster
		overrides.Context.AuthInfo = input.User
		overrides.Context.Namespace = input.Namespace
		overrides.ClusterInfo.Server = input.Server
		overrides.AuthInfo.Token = input.Token
		loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
		config, err := loader.ClientConfig()
		if err != nil {
			return nil, err
		}
		namespace, _, err := loader.Namespace()
		if err != nil {
			return nil, err
		}
		return map[string]any{
			"host":       config.Host,
			"namespace":  namespace,
			"insecure":   config.Insecure,
			"name":       config.ServerName,
			"ca":         string(config.CAData),
			"ca_file":    config.CAFile,
			"cert":       string(config.CertData),
			"cert_file":  config.CertFile,
			"key":        string(config.KeyData),
			"key_file":   config.KeyFile,
			"token":      config.BearerToken,
			"token_file": config.BearerTokenFile,
			"username":   config.Username,
			"password":   config.Password,
			"as":         config.Impersonate.UserName,
			"groups":     config.Impersonate.Groups,
			"command":    command(config),
			"proxy":      proxy(config),
		}, nil
	})
}

func command(config *rest.Config) string {
	if config.ExecProvider == nil {
		return ""
	}
	return config.ExecProvider.Command
}

// proxy asks the function of the config, which knows the URL alone.
func proxy(config *rest.Config) string {
	if config.Proxy == nil {
		return ""
	}
	url, err := config.Proxy(nil)
	if err != nil || url == nil {
		return ""
	}
	return url.String()
}
