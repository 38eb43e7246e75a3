package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

// longestDelivery is how many seconds all attempts to tell an event may take.
const longestDelivery = 149

type eventStep struct {
	At          float64                 `json:"at"`
	Regarding   corev1.ObjectReference  `json:"regarding"`
	Related     *corev1.ObjectReference `json:"related"`
	Type        string                  `json:"type"`
	Reason      string                  `json:"reason"`
	Action      string                  `json:"action"`
	Message     string                  `json:"message"`
	Annotations map[string]string       `json:"annotations"`
	Answers     []string                `json:"answers"`
}

type eventInput struct {
	Limits struct {
		Burst             int     `json:"burst"`
		Refill            float32 `json:"refill"`
		DifferentMessages int     `json:"different_messages"`
		Together          float64 `json:"together"`
		Remembered        int     `json:"remembered"`
	} `json:"limits"`
	Steps []eventStep `json:"steps"`
	End   float64     `json:"end"`
}

func init() {
	register("events-core", func(input eventInput) (any, error) {
		server := &eventServer{stored: map[string]map[string]any{}}
		inBubble(func() {
			broadcaster := record.NewBroadcaster(record.WithCorrelatorOptions(record.CorrelatorOptions{
				LRUCacheSize:         input.Limits.Remembered,
				BurstSize:            input.Limits.Burst,
				QPS:                  1 / input.Limits.Refill,
				MaxEvents:            input.Limits.DifferentMessages,
				MaxIntervalInSeconds: int(input.Limits.Together),
			}))
			broadcaster.StartRecordingToSink(coreSink{server})
			recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "script"})
			server.play(input, func(step eventStep) {
				recorder.AnnotatedEventf(&step.Regarding, step.Annotations, step.Type, step.Reason, "%s", step.Message)
			})
			broadcaster.Shutdown()
		})
		return server.outcome(), nil
	})
	register("events-series", func(input eventInput) (any, error) {
		server := &eventServer{stored: map[string]map[string]any{}}
		inBubble(func() {
			ctx, cancel := context.WithCancel(context.Background())
			broadcaster := events.NewBroadcaster(seriesSink{server})
			_ = broadcaster.StartRecordingToSinkWithContext(ctx)
			recorder := broadcaster.NewRecorder(scheme.Scheme, "script").(events.AnnotatedEventRecorder)
			server.play(input, func(step eventStep) {
				var related runtime.Object
				if step.Related != nil {
					related = step.Related
				}
				recorder.AnnotatedEventf(&step.Regarding, related, step.Annotations, step.Type, step.Reason, step.Action, "%s", step.Message)
			})
			cancel()
			broadcaster.Shutdown()
		})
		return server.outcome(), nil
	})
}

// eventServer keeps events of either form, and fails as the script says.
type eventServer struct {
	stored  map[string]map[string]any
	names   []string
	log     []string
	answers []string
}

func (s *eventServer) play(input eventInput, tell func(eventStep)) {
	start := time.Now()
	for _, step := range input.Steps {
		sleepUntil(start, step.At)
		s.answers = step.Answers
		tell(step)
		synctest.Wait()
		if len(step.Answers) > 0 {
			sleepUntil(start, step.At+longestDelivery)
			s.answers = nil
		}
	}
	sleepUntil(start, input.End)
}

func (s *eventServer) outcome() any {
	found := []any{}
	for _, name := range s.names {
		found = append(found, s.stored[name])
	}
	return map[string]any{"events": found, "log": s.log}
}

// handle does what is asked unless the script has another answer.
func (s *eventServer) handle(verb, name string, do func() error) error {
	answer := "ok"
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	if answer == "gone" && s.stored[name] != nil {
		delete(s.stored, name)
		s.names = slices.DeleteFunc(s.names, func(each string) bool { return each == name })
	}
	var err error
	switch answer {
	case "down":
		err = errors.New("no route")
	case "refuse":
		err = apierrors.NewForbidden(eventResource, name, nil)
	case "lost":
		_ = do()
		err = errors.New("reset")
	default:
		err = do()
	}
	result := "ok"
	if err != nil {
		result = string(apierrors.ReasonForError(err))
	}
	s.log = append(s.log, verb+" "+result)
	return err
}

var eventResource = schema.GroupResource{Resource: "events"}

func (s *eventServer) create(name string, event any) error {
	return s.handle("create", name, func() error {
		if len(validation.NameIsDNSSubdomain(name, false)) > 0 {
			return apierrors.NewInvalid(schema.GroupKind{Kind: "Event"}, name, field.ErrorList{})
		}
		if s.stored[name] != nil {
			return apierrors.NewAlreadyExists(eventResource, name)
		}
		wire := map[string]any{}
		data, _ := json.Marshal(event)
		_ = json.Unmarshal(data, &wire)
		s.stored[name] = wire
		s.names = append(s.names, name)
		return nil
	})
}

func (s *eventServer) patch(name string, data []byte, into any) error {
	return s.handle("patch", name, func() error {
		if s.stored[name] == nil {
			return apierrors.NewNotFound(eventResource, name)
		}
		wire := s.stored[name]
		_ = json.Unmarshal(data, &wire)
		changed, _ := json.Marshal(wire)
		return json.Unmarshal(changed, into)
	})
}

type coreSink struct{ server *eventServer }

func (c coreSink) Create(event *corev1.Event) (*corev1.Event, error) {
	return event, c.server.create(event.Name, event)
}

func (c coreSink) Update(event *corev1.Event) (*corev1.Event, error) { return event, nil }

func (c coreSink) Patch(event *corev1.Event, data []byte) (*corev1.Event, error) {
	found := &corev1.Event{}
	err := c.server.patch(event.Name, data, found)
	return found, err
}

type seriesSink struct{ server *eventServer }

func (s seriesSink) Create(_ context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	return event, s.server.create(event.Name, event)
}

func (s seriesSink) Update(_ context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	return event, nil
}

func (s seriesSink) Patch(_ context.Context, event *eventsv1.Event, data []byte) (*eventsv1.Event, error) {
	found := &eventsv1.Event{}
	err := s.server.patch(event.Name, data, found)
	return found, err
}
