// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// Snapshot copies into dir, which is empty or does not exist, what etcd has on its disk, as the snapshot of a volume does: etcd
// is held meanwhile, so the copy is of one moment and has every write that was answered before it.
func (c *ControlPlane) Snapshot(dir string) error {
	data := c.env.ControlPlane.Etcd.DataDir
	etcd, err := processOf("--data-dir=" + data)
	if err != nil {
		return err
	}
	if err := etcd.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return errors.Join(os.CopyFS(dir, os.DirFS(data)), etcd.Signal(syscall.SIGCONT))
}

// processOf finds the process that was started with an argument that no other has. envtest does not tell its processes.
func processOf(argument string) (*os.Process, error) {
	output, err := exec.Command("ps", "-axww", "-o", "pid=,args=").Output()
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line)
		for _, field := range fields[min(len(fields), 2):] {
			if field != argument {
				continue
			}
			pid, err := strconv.Atoi(fields[0])
			if err != nil {
				return nil, err
			}
			return os.FindProcess(pid)
		}
	}
	return nil, fmt.Errorf("no process has the argument %s", argument)
}
