package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// source plays a script: "list" answers the next list, and what follows goes into the watch after it.
type source struct {
	lock    sync.Mutex
	lists   []*metav1.PartialObjectMetadataList
	watches [][]watch.Event
}

func newSource(steps []step) *source {
	s := &source{}
	last := func() *[]watch.Event { return &s.watches[len(s.watches)-1] }
	for _, each := range steps {
		switch each.Op {
		case "list":
			list := &metav1.PartialObjectMetadataList{ListMeta: metav1.ListMeta{ResourceVersion: each.Version}}
			for _, i := range each.Items {
				list.Items = append(list.Items, *object(i))
			}
			s.lists = append(s.lists, list)
			s.watches = append(s.watches, nil)
		case "add":
			*last() = append(*last(), watch.Event{Type: watch.Added, Object: object(each.item)})
		case "update":
			*last() = append(*last(), watch.Event{Type: watch.Modified, Object: object(each.item)})
		case "delete":
			*last() = append(*last(), watch.Event{Type: watch.Deleted, Object: object(each.item)})
		case "bookmark":
			*last() = append(*last(), watch.Event{Type: watch.Bookmark, Object: object(item{Version: each.Version})})
		case "gone":
			status := apierrors.NewResourceExpired("too old").Status()
			*last() = append(*last(), watch.Event{Type: watch.Error, Object: &status})
		}
	}
	return s
}

func (s *source) list() (runtime.Object, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	list := s.lists[0]
	s.lists = s.lists[1:]
	return list, nil
}

func (s *source) watch(options metav1.ListOptions) (watch.Interface, error) {
	if options.SendInitialEvents != nil {
		return nil, apierrors.NewInvalid(schema.GroupKind{Kind: "ListOptions"}, "", nil)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	events := make(chan watch.Event, 1000)
	if len(s.watches) > 0 {
		for _, each := range s.watches[0] {
			events <- each
		}
		s.watches = s.watches[1:]
	}
	return watch.NewProxyWatcher(events), nil
}

func runInformer(steps []step) (trace []string) {
	from := newSource(steps)
	final := steps[len(steps)-1].Version
	informer := cache.NewSharedIndexInformer(&cache.ListWatch{
		ListFunc:  func(metav1.ListOptions) (runtime.Object, error) { return from.list() },
		WatchFunc: from.watch,
	}, &metav1.PartialObjectMetadata{}, 0, cache.Indexers{})
	var lock sync.Mutex
	tell := func(text string) {
		lock.Lock()
		defer lock.Unlock()
		trace = append(trace, text)
	}
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) {
			o, _ := known(obj)
			tell(fmt.Sprintf("add %s %s %s", o.Name, o.UID, o.ResourceVersion))
		},
		UpdateFunc: func(old, obj any) {
			a, _ := known(old)
			b, _ := known(obj)
			tell(fmt.Sprintf("update %s %s %s > %s %s", b.Name, a.UID, a.ResourceVersion, b.UID, b.ResourceVersion))
		},
		DeleteFunc: func(obj any) {
			o, isStale := known(obj)
			text := fmt.Sprintf("delete %s %s %s", o.Name, o.UID, o.ResourceVersion)
			if isStale {
				text += " stale"
			}
			tell(text)
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go informer.RunWithContext(ctx)
	for deadline := time.Now().Add(20 * time.Second); informer.LastSyncResourceVersion() != final; {
		if time.Now().After(deadline) {
			tell("not at " + final + " but at " + informer.LastSyncResourceVersion())
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	// the version is known before the handler has heard of everything
	time.Sleep(300 * time.Millisecond)
	lock.Lock()
	defer lock.Unlock()
	return append(trace, "store "+sorted(informer.GetStore().List()))
}
