package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

type suiteResult struct {
	Seconds float64 `json:"seconds"`
	Count   int     `json:"count"`
}

// suite runs tests of the kind "create, reconcile, assert" on the fake clientset, two at a time.
func suite(count int) (*suiteResult, error) {
	started := time.Now()
	work, failures := make(chan int), make(chan error, count)
	for range 2 {
		go func() {
			for range work {
				failures <- reconciled()
			}
		}()
	}
	for number := range count {
		work <- number
	}
	close(work)
	for range count {
		if err := <-failures; err != nil {
			return nil, err
		}
	}
	return &suiteResult{Seconds: time.Since(started).Seconds(), Count: count}, nil
}

func reconciled() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	clientset := fake.NewClientset()
	ready := make(chan struct{}, 1)
	stopped := control(ctx, clientset, ready)
	web := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"}}
	if _, err := clientset.AppsV1().Deployments("default").Create(ctx, web, metav1.CreateOptions{}); err != nil {
		return err
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	found, err := clientset.AppsV1().ReplicaSets("default").Get(ctx, "web-1", metav1.GetOptions{})
	if err == nil && found.Name != "web-1" {
		err = fmt.Errorf("found %s", found.Name)
	}
	cancel()
	stopped()
	return err
}

// control makes a ReplicaSet for each Deployment and says so in its status.
func control(ctx context.Context, clientset kubernetes.Interface, ready chan<- struct{}) func() {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	factory := informers.NewSharedInformerFactory(clientset, 0)
	informer := factory.Apps().V1().Deployments().Informer()
	informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) { queue.Add(obj.(*appsv1.Deployment).Name) },
		UpdateFunc: func(_, obj any) {
			if obj.(*appsv1.Deployment).Status.ReadyReplicas == 1 {
				select {
				case ready <- struct{}{}:
				default:
				}
			}
		},
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go func() {
		for {
			name, shutdown := queue.Get()
			if shutdown {
				return
			}
			deployments := clientset.AppsV1().Deployments("default")
			if found, err := deployments.Get(ctx, name, metav1.GetOptions{}); err == nil {
				owned := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name + "-1"}}
				clientset.AppsV1().ReplicaSets("default").Create(ctx, owned, metav1.CreateOptions{})
				found.Status.ReadyReplicas = 1
				deployments.UpdateStatus(ctx, found, metav1.UpdateOptions{})
			}
			queue.Done(name)
		}
	}()
	return func() { queue.ShutDown(); factory.Shutdown() }
}
