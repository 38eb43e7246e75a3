package main

import (
	"fmt"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/client-go/util/workqueue"
)

type limiterInput struct {
	Kind     string         `json:"kind"`
	First    float64        `json:"first"`
	Second   float64        `json:"second"`
	Count    int            `json:"count"`
	Limiters []limiterInput `json:"limiters"`
}

type queueStep struct {
	Op      string  `json:"op"`
	Item    string  `json:"item"`
	Seconds float64 `json:"seconds"`
}

type queueInput struct {
	Limiter limiterInput `json:"limiter"`
	Steps   []queueStep  `json:"steps"`
}

func init() {
	register("workqueue", func(input queueInput) (any, error) {
		found := []any{}
		inBubble(func() {
			script := newQueueScript(input.Limiter)
			for _, step := range input.Steps {
				found = append(found, script.do(step))
			}
			script.queue.ShutDown()
		})
		return found, nil
	})
	register("ratelimiters", func(input queueInput) (any, error) {
		found := []float64{}
		inBubble(func() {
			limiter := newLimiter(input.Limiter)
			for _, step := range input.Steps {
				found = append(found, askLimiter(limiter, step))
			}
		})
		return found, nil
	})
}

func newLimiter(input limiterInput) workqueue.TypedRateLimiter[string] {
	first, second := duration(input.First), duration(input.Second)
	switch input.Kind {
	case "exponential":
		return workqueue.NewTypedItemExponentialFailureRateLimiter[string](first, second)
	case "fastslow":
		return workqueue.NewTypedItemFastSlowRateLimiter[string](first, second, input.Count)
	case "bucket":
		limit := rate.NewLimiter(rate.Limit(input.First), input.Count)
		return &workqueue.TypedBucketRateLimiter[string]{Limiter: limit}
	case "default":
		return workqueue.DefaultTypedControllerRateLimiter[string]()
	}
	inner := []workqueue.TypedRateLimiter[string]{}
	for _, each := range input.Limiters {
		inner = append(inner, newLimiter(each))
	}
	if input.Kind == "maxwait" {
		return workqueue.NewTypedWithMaxWaitRateLimiter(inner[0], first)
	}
	return workqueue.NewTypedMaxOfRateLimiter(inner...)
}

func askLimiter(limiter workqueue.TypedRateLimiter[string], step queueStep) float64 {
	switch step.Op {
	case "when":
		return limiter.When(step.Item).Seconds()
	case "forget":
		limiter.Forget(step.Item)
	case "wait":
		time.Sleep(duration(step.Seconds))
	}
	return float64(limiter.NumRequeues(step.Item))
}

type queueScript struct {
	queue   workqueue.TypedRateLimitingInterface[string]
	figures *queueFigures
	drained bool
}

func newQueueScript(limiter limiterInput) *queueScript {
	figures := &queueFigures{}
	config := workqueue.TypedRateLimitingQueueConfig[string]{Name: "script", MetricsProvider: figures}
	queue := workqueue.NewTypedRateLimitingQueueWithConfig(newLimiter(limiter), config)
	return &queueScript{queue: queue, figures: figures}
}

func (s *queueScript) do(step queueStep) any {
	result := ""
	switch step.Op {
	case "add":
		s.queue.Add(step.Item)
	case "get":
		result = s.get()
	case "done":
		s.queue.Done(step.Item)
	case "add_after":
		s.queue.AddAfter(step.Item, duration(step.Seconds))
	case "add_rate_limited":
		s.queue.AddRateLimited(step.Item)
	case "forget":
		s.queue.Forget(step.Item)
	case "requeues":
		result = fmt.Sprint(s.queue.NumRequeues(step.Item))
	case "shut_down":
		s.queue.ShutDown()
	case "drain":
		go func() {
			s.queue.ShutDownWithDrain()
			s.drained = true
		}()
	case "wait":
		time.Sleep(duration(step.Seconds))
	}
	synctest.Wait()
	return map[string]any{
		"result": result, "waiting": s.queue.Len(), "drained": s.drained, "depth": s.figures.depth.value,
		"adds": s.figures.adds.value, "retries": s.figures.retries.value,
		"queue_seconds": s.figures.latency.value, "work_seconds": s.figures.work.value,
		"handed_out": s.figures.latency.count, "finished": s.figures.work.count,
		"unfinished": s.figures.unfinished.value, "longest": s.figures.longest.value,
	}
}

func (s *queueScript) get() string {
	if s.queue.Len() == 0 && !s.queue.ShuttingDown() {
		return "none"
	}
	item, isShutDown := s.queue.Get()
	if isShutDown {
		return "shut down"
	}
	return item
}

// queueFigures is a provider of metrics for one queue.
type queueFigures struct {
	depth, adds, retries, latency, work, unfinished, longest figure
}

type figure struct {
	value float64
	count int
}

func (f *figure) Inc()              { f.value++ }
func (f *figure) Dec()              { f.value-- }
func (f *figure) Set(value float64) { f.value = value }

func (f *figure) Observe(value float64) {
	f.value += value
	f.count++
}

func (q *queueFigures) NewDepthMetric(string) workqueue.GaugeMetric            { return &q.depth }
func (q *queueFigures) NewAddsMetric(string) workqueue.CounterMetric           { return &q.adds }
func (q *queueFigures) NewLatencyMetric(string) workqueue.HistogramMetric      { return &q.latency }
func (q *queueFigures) NewWorkDurationMetric(string) workqueue.HistogramMetric { return &q.work }
func (q *queueFigures) NewRetriesMetric(string) workqueue.CounterMetric        { return &q.retries }
func (q *queueFigures) NewUnfinishedWorkSecondsMetric(string) workqueue.SettableGaugeMetric {
	return &q.unfinished
}
func (q *queueFigures) NewLongestRunningProcessorSecondsMetric(string) workqueue.SettableGaugeMetric {
	return &q.longest
}
