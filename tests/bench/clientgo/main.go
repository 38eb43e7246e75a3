// Lists or follows all pods with client-go and prints what it took as JSON: the Go side of `make bench`.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type result struct {
	Seconds   float64    `json:"seconds"`
	Megabytes float64    `json:"megabytes"`
	Count     int        `json:"count"`
	Touched   [][]string `json:"touched"`
}

func main() {
	content := flag.String("content", "json", "json or vnd.kubernetes.protobuf")
	touch := flag.Bool("touch", false, "look at name, phase, node and images of each pod")
	informer := flag.String("informer", "", "follow with a typed or a dynamic informer")
	events := flag.Int("events", 0, "events to wait for")
	relist := flag.String("relist", "", "the server that makes it list again")
	tests := flag.Int("tests", 0, "tests to run on the fake clientset")
	flag.Parse()
	if *tests > 0 {
		finish(suite(*tests))
		return
	}
	config, err := configOf("application/" + *content)
	var found any
	switch {
	case err != nil:
	case *informer != "":
		found, err = follow(config, *informer == "dynamic", *events, *relist)
	default:
		found, err = measure(config, *touch)
	}
	finish(found, err)
}

func finish(found any, err error) {
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func configOf(contentType string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.ContentType = contentType
	config.AcceptContentTypes = contentType
	// a flood is measured, not a rate limit
	config.QPS = -1
	return config, nil
}

func measure(config *rest.Config, touch bool) (found result, err error) {
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return found, err
	}
	started := time.Now()
	pods, err := clientset.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return found, err
	}
	if touch {
		found.Touched = look(pods.Items)
	}
	found.Seconds = time.Since(started).Seconds()
	found.Count = len(pods.Items)
	found.Megabytes, err = megabytes("VmHWM")
	return found, err
}

func look(pods []corev1.Pod) [][]string {
	touched := make([][]string, 0, len(pods))
	for i := range pods {
		pod := &pods[i]
		row := []string{pod.Name, string(pod.Status.Phase), pod.Spec.NodeName}
		for _, container := range pod.Spec.Containers {
			row = append(row, container.Image)
		}
		touched = append(touched, row)
	}
	return touched
}
