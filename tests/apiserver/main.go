// The Kubernetes API server and its etcd in one process, for the tests.
//
// Usage: apiserver --etcd-data-dir FOLDER -- FLAGS OF KUBE-APISERVER
//
// Nothing of the server is changed: what follows "--" is kube-apiserver's own command line, to
// which only --etcd-servers is added. etcd listens on a loopback port that the system picks.
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

const etcdStartLimit = 60 * time.Second

func main() {
	dataDir := flag.String("etcd-data-dir", "", "folder of etcd's data; a restart on it keeps the state")
	flag.Parse()
	if *dataDir == "" {
		fail(fmt.Errorf("--etcd-data-dir is required"))
	}
	store, err := startEtcd(*dataDir)
	if err != nil {
		fail(fmt.Errorf("etcd did not start: %w", err))
	}
	command := app.NewAPIServerCommand()
	command.SetArgs(append(flag.Args(), "--etcd-servers=http://"+store.Clients[0].Addr().String()))
	code := cli.Run(command)
	store.Close()
	os.Exit(code)
}

func startEtcd(dataDir string) (*embed.Etcd, error) {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir = dataDir
	config.ListenClientUrls = anyPort
	config.ListenPeerUrls = anyPort
	config.LogLevel = "error"
	// The state has to outlive a killed process, not a machine that loses power.
	config.UnsafeNoFsync = true
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, nil
	case err := <-store.Err():
		return nil, err
	case <-time.After(etcdStartLimit):
		store.Close()
		return nil, fmt.Errorf("not ready after %s", etcdStartLimit)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "apiserver:", err)
	os.Exit(1)
}
