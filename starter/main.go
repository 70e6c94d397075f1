// The starter runs commands for a program that is too large to start them quickly itself: orders come as JSON lines on standard input, news
// go as JSON lines to standard output. The shapes are those of src/adapters/process/starter.ts. It ends with its standard input, and
// everything it was running ends with it.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// order is a command to run, or the number of one to cancel.
type order struct {
	Type           string            `json:"type"`
	ID             int               `json:"id"`
	Argv           []string          `json:"argv"`
	Cwd            string            `json:"cwd"`
	Env            map[string]string `json:"env"`
	Stdin          *string           `json:"stdin"`
	TimeoutMs      float64           `json:"timeoutMs"`
	MaxOutputBytes int               `json:"maxOutputBytes"`
}

// began tells the process group of a command, so that whoever gave the order can end it should the starter be killed.
type began struct {
	ID  int `json:"id"`
	Pid int `json:"pid"`
}

// ended tells how a command ended.
type ended struct {
	ID     int    `json:"id"`
	Result result `json:"result"`
}

type result struct {
	Exit         exit    `json:"exit"`
	Stdout       string  `json:"stdout"`
	Stderr       string  `json:"stderr"`
	DroppedBytes int64   `json:"droppedBytes"`
	DurationMs   float64 `json:"durationMs"`
}

// exit is one of: exited with a code, signalled by a number, timeout after ms, cancelled, not-started with a message.
type exit struct {
	Kind    string   `json:"kind"`
	Code    *int     `json:"code,omitempty"`
	Signal  *int     `json:"signal,omitempty"`
	AfterMs *float64 `json:"afterMs,omitempty"`
	Message string   `json:"message,omitempty"`
}

func main() {
	// Handled, not ignored: what is ignored stays ignored in the programs that are started. Whoever ends us closes our input.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	running := &jobs{byID: map[int]*job{}}
	say := sayer(os.Stdout)
	orders := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := orders.ReadBytes('\n')
		if err != nil {
			running.killAll()
			return
		}
		var given order
		if err := json.Unmarshal(line, &given); err != nil {
			running.killAll()
			os.Stderr.WriteString("starter: an order is no JSON: " + err.Error() + "\n")
			os.Exit(1)
		}
		if given.Type == "cancel" {
			running.cancel(given.ID)
			continue
		}
		started := running.add(given)
		go func() {
			defer running.remove(given.ID)
			started.run(say)
		}()
	}
}

// sayer writes one line after the other, whoever speaks. Nobody listening is the end of standard input too.
func sayer(to *os.File) func(news any) {
	var turn sync.Mutex
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	return func(news any) {
		turn.Lock()
		defer turn.Unlock()
		_ = lines.Encode(news)
	}
}

// jobs are the commands that have not ended yet.
type jobs struct {
	turn sync.Mutex
	byID map[int]*job
}

func (j *jobs) add(given order) *job {
	j.turn.Lock()
	defer j.turn.Unlock()
	added := &job{order: given, cancelled: make(chan struct{})}
	j.byID[given.ID] = added
	return added
}

func (j *jobs) remove(id int) {
	j.turn.Lock()
	defer j.turn.Unlock()
	delete(j.byID, id)
}

func (j *jobs) cancel(id int) {
	j.turn.Lock()
	defer j.turn.Unlock()
	if found := j.byID[id]; found != nil {
		found.cancelOnce.Do(func() { close(found.cancelled) })
	}
}

func (j *jobs) killAll() {
	j.turn.Lock()
	defer j.turn.Unlock()
	for _, running := range j.byID {
		running.kill()
	}
}
