// Lists all pods once with client-go and prints what it took as JSON: the Go side of `make bench`.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
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
	flag.Parse()
	found, err := measure("application/"+*content, *touch)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(contentType string, touch bool) (found result, err error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return found, err
	}
	config.ContentType = contentType
	config.AcceptContentTypes = contentType
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
	found.Megabytes, err = peakMegabytes()
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

// peakMegabytes reads what getrusage would mix up with the memory of the process that forked this one.
func peakMegabytes() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kilobytes); err == nil {
			return kilobytes * 1024 / 1e6, nil
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmHWM")
}
