package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const settling = 4 * time.Second

// how long a watch lives that is no failure: before, clients wait longer to list again
const watched = 3 * time.Second

type followed struct {
	Seconds float64 `json:"seconds"`
	Peak    float64 `json:"peak"`
	Settled float64 `json:"settled"`
	Count   int     `json:"count"`
	Calls   int     `json:"calls"`
}

// informerOf makes an informer of all pods, typed or dynamic.
func informerOf(config *rest.Config, isDynamic bool) (cache.SharedIndexInformer, error) {
	if isDynamic {
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
		return dynamicinformer.NewDynamicSharedInformerFactory(client, 0).ForResource(pods).Informer(), nil
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return informers.NewSharedInformerFactory(client, 0).Core().V1().Pods().Informer(), nil
}

// follow runs an informer until it has synced, has heard of so many events, or has listed again.
func follow(config *rest.Config, isDynamic bool, events int, relist string) (found followed, err error) {
	informer, err := informerOf(config, isDynamic)
	if err != nil {
		return found, err
	}
	var first, last time.Time
	done := make(chan struct{})
	updates := 0
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, object any) {
			if updates == 0 {
				first = time.Now()
			}
			updates++
			if pod, ok := object.(*corev1.Pod); ok && pod.Status.Phase == "Odd" {
				fmt.Fprintln(os.Stderr, pod.Name)
			}
			if updates == events {
				last = time.Now()
				close(done)
			}
		},
	})
	if err != nil {
		return found, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := time.Now()
	go informer.RunWithContext(ctx)
	for !informer.HasSynced() {
		time.Sleep(time.Millisecond)
	}
	found.Seconds = time.Since(started).Seconds()
	if events > 0 {
		<-done
		found.Seconds = last.Sub(first).Seconds()
	}
	if relist != "" {
		time.Sleep(watched)
		updates = 0
		started = time.Now()
		answer, err := http.Get(relist + "/relist")
		if err != nil {
			return found, err
		}
		_ = answer.Body.Close()
		for informer.LastSyncResourceVersion() != "2" {
			time.Sleep(time.Millisecond)
		}
		found.Seconds = time.Since(started).Seconds()
	}
	found.Count = len(informer.GetStore().ListKeys())
	if found.Peak, err = megabytes("VmHWM"); err != nil {
		return found, err
	}
	time.Sleep(settling)
	found.Calls = updates
	found.Settled, err = megabytes("VmRSS")
	return found, err
}

func megabytes(name string) (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if _, err := fmt.Sscanf(line, name+": %f kB", &kilobytes); err == nil {
			return kilobytes * 1024 / 1e6, nil
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no %s", name)
}
