// Answers questions with client-go and its libraries: the Go side of the comparisons in
// tests/conformance/test_differential_*.py. Each line of standard input is a question, each line of
// standard output its answer. Every topic is a file, which registers itself.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Topic string          `json:"topic"`
	Input json.RawMessage `json:"input"`
}

// answer holds the output, or the text of the error.
type answer struct {
	Output any    `json:"output"`
	Error  string `json:"error,omitempty"`
}

var topics = map[string]func(json.RawMessage) (any, error){}

// register makes a topic whose questions have the type of what the function takes.
func register[Input any](topic string, ask func(Input) (any, error)) {
	topics[topic] = func(raw json.RawMessage) (any, error) {
		var input Input
		if err := json.Unmarshal(raw, &input); err != nil {
			return nil, fmt.Errorf("the question cannot be read: %w", err)
		}
		return ask(input)
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		if err := encoder.Encode(answered(lines.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answered(line []byte) (result answer) {
	defer func() {
		if reason := recover(); reason != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	ask, known := topics[asked.Topic]
	if !known {
		return answer{Error: "unknown topic " + asked.Topic}
	}
	output, err := ask(asked.Input)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: output}
}
