package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// grace lies between SIGTERM and SIGKILL. Chosen: enough for go to remove its temporary folder.
	grace = 2 * time.Second
	// pipeGrace is how long pipes may stay open after the command itself ended: a child it left behind may hold them. Chosen.
	pipeGrace = 500 * time.Millisecond
)

// job is one command while it runs.
type job struct {
	order
	cancelled  chan struct{}
	cancelOnce sync.Once

	turn     sync.Mutex
	group    int
	isKilled bool
}

// run starts the command, waits for its end and tells both.
func (j *job) run(say func(news any)) {
	begin := time.Now()
	stdout, stderr := newBounded(j.MaxOutputBytes), newBounded(j.MaxOutputBytes)
	how := j.carryOut(say, stdout, stderr)
	say(ended{ID: j.ID, Result: result{
		Exit:         how,
		Stdout:       stdout.text(),
		Stderr:       stderr.text(),
		DroppedBytes: stdout.dropped() + stderr.dropped(),
		DurationMs:   float64(time.Since(begin).Microseconds()) / 1000,
	}})
}

func (j *job) carryOut(say func(news any), stdout, stderr *bounded) exit {
	pipes, err := openPipes(j.Stdin != nil)
	if err != nil {
		return exit{Kind: "not-started", Message: err.Error()}
	}
	process, err := j.start(pipes)
	pipes.closeTheirs()
	if err != nil {
		pipes.closeOurs()
		return exit{Kind: "not-started", Message: j.whyNot(err)}
	}
	// Should this starter be killed, the program kills what it was running.
	say(began{ID: j.ID, Pid: process.Pid})
	drained := pipes.drain(j.Stdin, stdout, stderr)
	cause := j.guard(process)
	state, err := process.Wait()
	ending := cause()
	// What the command left behind in its group ends with it; whoever left the group cannot keep the answer waiting.
	j.signal(syscall.SIGKILL)
	j.forget()
	select {
	case <-drained:
	case <-time.After(pipeGrace):
		pipes.closeOurs()
		<-drained
	}
	pipes.closeOurs()
	if ending != nil {
		return *ending
	}
	if err != nil {
		return exit{Kind: "not-started", Message: err.Error()}
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		number := int(status.Signal())
		return exit{Kind: "signalled", Signal: &number}
	}
	code := state.ExitCode()
	return exit{Kind: "exited", Code: &code}
}

func (j *job) start(pipes *pipes) (*os.Process, error) {
	path, err := lookUp(j.Argv, j.Env, j.Cwd)
	if err != nil {
		return nil, err
	}
	env := make([]string, 0, len(j.Env))
	for name, value := range j.Env {
		env = append(env, name+"="+value)
	}
	j.turn.Lock()
	defer j.turn.Unlock()
	if j.isKilled {
		return nil, errors.New("the program is shutting down")
	}
	process, err := os.StartProcess(path, j.Argv, &os.ProcAttr{
		Dir:   j.Cwd,
		Env:   env,
		Files: []*os.File{pipes.stdin.theirs, pipes.stdout.theirs, pipes.stderr.theirs},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, err
	}
	j.group = process.Pid
	return process, nil
}

// lookUp finds the program as the command's own environment would.
func lookUp(argv []string, env map[string]string, cwd string) (string, error) {
	if len(argv) == 0 || argv[0] == "" {
		return "", errors.New("no program is named")
	}
	if strings.Contains(argv[0], "/") {
		return argv[0], nil
	}
	for _, folder := range filepath.SplitList(env["PATH"]) {
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(cwd, folder)
		}
		path := filepath.Join(folder, argv[0])
		if found, err := os.Stat(path); err == nil && found.Mode().IsRegular() && found.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not on PATH", argv[0])
}

func (j *job) whyNot(err error) string {
	if _, missing := os.Stat(j.Cwd); missing != nil {
		return fmt.Sprintf("the folder %s does not exist", j.Cwd)
	}
	return err.Error()
}

// guard ends the command when its time is over or it is cancelled. The answer stops guarding and says whether that was the cause of the end.
func (j *job) guard(process *os.Process) func() *exit {
	over := make(chan struct{})
	told := make(chan *exit, 1)
	timeout := time.NewTimer(time.Duration(j.TimeoutMs * float64(time.Millisecond)))
	go func() {
		defer timeout.Stop()
		var cause *exit
		select {
		case <-over:
		case <-timeout.C:
			cause = &exit{Kind: "timeout", AfterMs: &j.TimeoutMs}
		case <-j.cancelled:
			cause = &exit{Kind: "cancelled"}
		}
		if cause != nil {
			j.signal(syscall.SIGTERM)
			select {
			case <-over:
			case <-time.After(grace):
				j.signal(syscall.SIGKILL)
			}
		}
		told <- cause
	}()
	return func() *exit {
		close(over)
		return <-told
	}
}

// signal reaches the whole group, which may outlive its leader. A group that is gone is what was wanted.
func (j *job) signal(number syscall.Signal) {
	j.turn.Lock()
	defer j.turn.Unlock()
	if j.group != 0 {
		_ = syscall.Kill(-j.group, number)
	}
}

// forget: the number of a group that has ended may be somebody else's soon.
func (j *job) forget() {
	j.turn.Lock()
	defer j.turn.Unlock()
	j.group = 0
}

// kill ends the command at once, and keeps one that has not begun from beginning.
func (j *job) kill() {
	j.turn.Lock()
	defer j.turn.Unlock()
	j.isKilled = true
	if j.group != 0 {
		_ = syscall.Kill(-j.group, syscall.SIGKILL)
	}
}

// pipe is one stream between the starter and a command.
type pipe struct{ ours, theirs *os.File }

type pipes struct{ stdin, stdout, stderr pipe }

func openPipes(hasInput bool) (*pipes, error) {
	opened := &pipes{}
	var err error
	if hasInput {
		opened.stdin.theirs, opened.stdin.ours, err = os.Pipe()
	} else {
		opened.stdin.theirs, err = os.Open(os.DevNull)
	}
	if err == nil {
		opened.stdout.ours, opened.stdout.theirs, err = os.Pipe()
	}
	if err == nil {
		opened.stderr.ours, opened.stderr.theirs, err = os.Pipe()
	}
	if err != nil {
		opened.closeTheirs()
		opened.closeOurs()
		return nil, err
	}
	return opened, nil
}

// drain moves all three streams. The answer is closed when the command's output has ended.
func (p *pipes) drain(input *string, stdout, stderr io.Writer) <-chan struct{} {
	if input != nil {
		go func() {
			_, _ = io.WriteString(p.stdin.ours, *input)
			_ = p.stdin.ours.Close()
		}()
	}
	var both sync.WaitGroup
	both.Add(2)
	read := func(from *os.File, to io.Writer) {
		defer both.Done()
		_, _ = io.Copy(to, from)
	}
	go read(p.stdout.ours, stdout)
	go read(p.stderr.ours, stderr)
	drained := make(chan struct{})
	go func() {
		both.Wait()
		close(drained)
	}()
	return drained
}

func (p *pipes) closeTheirs() { closeAll(p.stdin.theirs, p.stdout.theirs, p.stderr.theirs) }

func (p *pipes) closeOurs() { closeAll(p.stdin.ours, p.stdout.ours, p.stderr.ours) }

func closeAll(files ...*os.File) {
	for _, file := range files {
		if file != nil {
			_ = file.Close()
		}
	}
}
