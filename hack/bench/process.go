// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// process is a program that runs beside this one.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
}

// podMemory is what the operator takes for its bound in a pod of config/manager: nine tenths of 512 MiB; largeMemory in one with 2 GiB, which
// 50 000 assets need.
const podMemory, largeMemory = "460MiB", "1840MiB"

// startProcess runs a program that keeps within so much memory where it can; its output is added to the log.
func startProcess(path, log, memory string, args ...string) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close() // the program has its own copy
	p := &process{command: exec.Command(path, args...), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = output, output
	p.command.Env = append(os.Environ(), "GOMEMLIMIT="+memory)
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; run `make build` at the top of the source tree", path, err)
	}
	go func() {
		_ = p.command.Wait() // it is killed
		close(p.ended)
	}()
	return p, nil
}

// kill ends the program as `kill -9` does.
func (p *process) kill() error {
	err := p.command.Process.Kill()
	<-p.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
