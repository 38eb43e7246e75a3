// Runs scripts against client-go's caches and queues and prints what happened: the Go side of the
// comparison in tests/conformance/test_client_go_traces.py. Reads a list of scripts as JSON from
// standard input, and prints a list of traces.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const namespace = "shop"

type item struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	UID     string `json:"uid"`
	Labels  string `json:"labels"`
}

type step struct {
	Op string `json:"op"`
	item
	Items []item `json:"items"`
	Value string `json:"value"`
}

type script struct {
	Kind  string `json:"kind"`
	Steps []step `json:"steps"`
}

func main() {
	var scripts []script
	if err := json.NewDecoder(os.Stdin).Decode(&scripts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	traces := make([][]string, len(scripts))
	done := make(chan struct{})
	for i := range scripts {
		go func() {
			traces[i] = run(scripts[i])
			done <- struct{}{}
		}()
	}
	for range scripts {
		<-done
	}
	if err := json.NewEncoder(os.Stdout).Encode(traces); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(s script) []string {
	switch s.Kind {
	case "delta_fifo":
		return runDeltaFIFO(s.Steps)
	case "real_fifo":
		return runRealFIFO(s.Steps, false)
	case "real_fifo_atomic":
		return runRealFIFO(s.Steps, true)
	case "indexer":
		return runIndexer(s.Steps)
	case "workqueue":
		return runWorkqueue(s.Steps)
	case "informer":
		return runInformer(s.Steps)
	}
	return []string{"unknown kind " + s.Kind}
}

func object(i item) *metav1.PartialObjectMetadata {
	o := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: i.Name, UID: types.UID(i.UID), ResourceVersion: i.Version,
	}}
	if i.Labels != "" {
		o.Labels = map[string]string{"sizes": i.Labels}
	}
	return o
}

func objects(items []item) []any {
	list := make([]any, 0, len(items))
	for _, i := range items {
		list = append(list, object(i))
	}
	return list
}

// known returns the object and whether it is the last known state of something that is gone.
func known(obj any) (*metav1.PartialObjectMetadata, bool) {
	if tombstone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		o, _ := tombstone.Obj.(*metav1.PartialObjectMetadata)
		return o, true
	}
	o, _ := obj.(*metav1.PartialObjectMetadata)
	return o, false
}

func words(d cache.Delta) string {
	switch info := d.Object.(type) {
	case cache.ReplacedAllInfo:
		names := make([]string, 0, len(info.Objects))
		for _, each := range info.Objects {
			o, _ := known(each)
			names = append(names, o.Name+" "+o.ResourceVersion)
		}
		return "ReplacedAll " + strings.Join(names, ",") + " at " + info.ResourceVersion
	case cache.SyncAllInfo:
		return "SyncAll"
	case cache.BookmarkInfo:
		return "Bookmark " + info.ResourceVersion
	}
	o, isStale := known(d.Object)
	text := fmt.Sprintf("%s %s %s", d.Type, o.Name, o.ResourceVersion)
	if isStale {
		text += " stale"
	}
	return text
}

// waiting tells how much a queue holds, which the queue does not.
func waiting(queue any) int {
	return reflect.ValueOf(queue).Elem().FieldByName("items").Len()
}

// apply keeps a store up to date as an informer does.
func apply(store cache.Store, deltas []cache.Delta) {
	for _, d := range deltas {
		switch d.Type {
		case cache.ReplacedAll, cache.SyncAll, cache.Bookmark:
		case cache.Deleted:
			_ = store.Delete(d.Object)
		default:
			_ = store.Update(d.Object)
		}
	}
}

func runDeltaFIFO(steps []step) (trace []string) {
	store := cache.NewStore(cache.DeletionHandlingMetaNamespaceKeyFunc)
	fifo := cache.NewDeltaFIFOWithOptions(cache.DeltaFIFOOptions{
		KeyFunction: cache.MetaNamespaceKeyFunc, KnownObjects: store, EmitDeltaTypeReplaced: true,
	})
	pop := func() string {
		var popped []string
		_, err := fifo.Pop(func(obj any, _ bool) error {
			for _, d := range obj.(cache.Deltas) {
				popped = append(popped, words(d))
			}
			apply(store, obj.(cache.Deltas))
			return nil
		})
		if err != nil {
			return err.Error()
		}
		return strings.Join(popped, ", ")
	}
	for _, s := range steps {
		switch s.Op {
		case "add":
			_ = fifo.Add(object(s.item))
		case "update":
			_ = fifo.Update(object(s.item))
		case "delete":
			_ = fifo.Delete(object(s.item))
		case "tombstone":
			_ = fifo.Delete(cache.DeletedFinalStateUnknown{Key: namespace + "/" + s.Name, Obj: object(s.item)})
		case "replace":
			_ = fifo.Replace(objects(s.Items), s.Version)
		case "resync":
			_ = fifo.Resync()
		case "synced":
			trace = append(trace, fmt.Sprintf("synced %t", fifo.HasSynced()))
		case "pop":
			if waiting(fifo) > 0 {
				trace = append(trace, pop())
			} else {
				trace = append(trace, "empty")
			}
		case "drain":
			var drained []string
			for waiting(fifo) > 0 {
				drained = append(drained, pop())
			}
			sort.Strings(drained)
			trace = append(trace, drained...)
		}
	}
	return trace
}

func runRealFIFO(steps []step, isAtomic bool) (trace []string) {
	store := cache.NewStore(cache.DeletionHandlingMetaNamespaceKeyFunc)
	options := cache.RealFIFOOptions{KeyFunction: cache.MetaNamespaceKeyFunc, AtomicEvents: isAtomic, EmitDeltaTypeBookmark: isAtomic}
	if !isAtomic {
		options.KnownObjects = store
	}
	fifo := cache.NewRealFIFOWithOptions(options)
	var popped []string
	take := func(deltas []cache.Delta) error {
		for _, d := range deltas {
			popped = append(popped, words(d))
		}
		apply(store, deltas)
		return nil
	}
	single := func(obj any, _ bool) error { return take(obj.(cache.Deltas)) }
	batch := func(deltas []cache.Delta, _ bool) error { return take(deltas) }
	for _, s := range steps {
		switch s.Op {
		case "add":
			_ = fifo.Add(object(s.item))
		case "update":
			_ = fifo.Update(object(s.item))
		case "delete":
			_ = fifo.Delete(object(s.item))
		case "tombstone":
			_ = fifo.Delete(cache.DeletedFinalStateUnknown{Key: namespace + "/" + s.Name, Obj: object(s.item)})
		case "replace":
			_ = fifo.Replace(objects(s.Items), s.Version)
		case "resync":
			_ = fifo.Resync()
		case "bookmark":
			_ = fifo.Bookmark(s.Version)
		case "synced":
			trace = append(trace, fmt.Sprintf("synced %t", fifo.HasSynced()))
		case "drain", "batches":
			var drained []string
			for waiting(fifo) > 0 {
				popped = nil
				var err error
				if s.Op == "drain" {
					_, err = fifo.Pop(single)
				} else {
					err = fifo.PopBatch(batch, single)
				}
				if err != nil {
					return append(trace, err.Error())
				}
				drained = append(drained, strings.Join(popped, ", "))
			}
			if !isAtomic {
				// in which order several deletions are found is chance in Go
				sort.SliceStable(drained, func(i, j int) bool { return nameIn(drained[i]) < nameIn(drained[j]) })
			}
			trace = append(trace, drained...)
		}
	}
	return trace
}

func nameIn(text string) string {
	return strings.Split(text, " ")[1]
}

func bySizes(obj any) ([]string, error) {
	o, _ := known(obj)
	if o.Labels["sizes"] == "" {
		return nil, nil
	}
	return strings.Split(o.Labels["sizes"], "+"), nil
}

func runIndexer(steps []step) (trace []string) {
	indexer := cache.NewIndexer(cache.DeletionHandlingMetaNamespaceKeyFunc, cache.Indexers{})
	for _, s := range steps {
		switch s.Op {
		case "add":
			_ = indexer.Add(object(s.item))
		case "delete":
			_ = indexer.Delete(object(s.item))
		case "replace":
			_ = indexer.Replace(objects(s.Items), s.Version)
		case "add_indexers":
			if err := indexer.AddIndexers(cache.Indexers{s.Value: bySizes}); err != nil {
				trace = append(trace, "conflict")
			}
		case "by_index":
			found, err := indexer.ByIndex("sizes", s.Value)
			if err != nil {
				trace = append(trace, "no index")
				continue
			}
			trace = append(trace, sorted(found))
		case "index":
			found, err := indexer.Index("sizes", object(s.item))
			if err != nil {
				trace = append(trace, "no index")
				continue
			}
			trace = append(trace, sorted(found))
		case "values":
			values := indexer.ListIndexFuncValues("sizes")
			sort.Strings(values)
			trace = append(trace, strings.Join(values, ","))
		case "list":
			trace = append(trace, sorted(indexer.List()))
		}
	}
	return trace
}

func sorted(found []any) string {
	names := make([]string, 0, len(found))
	for _, each := range found {
		o, _ := known(each)
		names = append(names, o.Name+" "+o.ResourceVersion)
	}
	sort.Strings(names)
	return strings.Join(names, ",")
}

func runWorkqueue(steps []step) (trace []string) {
	queue := workqueue.NewTyped[string]()
	for _, s := range steps {
		switch s.Op {
		case "add":
			queue.Add(s.Name)
		case "done":
			queue.Done(s.Name)
		case "shut_down":
			queue.ShutDown()
		case "len":
			trace = append(trace, fmt.Sprint(queue.Len()))
		case "get":
			if queue.Len() == 0 && !queue.ShuttingDown() {
				trace = append(trace, "empty")
				continue
			}
			name, isShutDown := queue.Get()
			if isShutDown {
				name = "shut down"
			}
			trace = append(trace, name)
		}
	}
	return trace
}
