package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs a script with a clock of its own that moves when all goroutines wait, so that
// client-go's queues and recorders run as they are and a script of hours takes no time.
func inBubble(script func()) {
	synctest.Test(anyTest(), func(*testing.T) { script() })
}

// anyTest returns a test that never ends: the clock can be had in tests only.
var anyTest = sync.OnceValue(func() *testing.T {
	found := make(chan *testing.T)
	everything := func(_, _ string) (bool, error) { return true, nil }
	go testing.Main(everything, []testing.InternalTest{{Name: "scripts", F: func(t *testing.T) {
		found <- t
		select {}
	}}}, nil, nil)
	return <-found
})

// sleepUntil lets time pass until so many seconds after a start, and lets all others do their work.
func sleepUntil(start time.Time, seconds float64) {
	time.Sleep(time.Until(start.Add(duration(seconds))))
	synctest.Wait()
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
