// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// check is the installation that the steps have in common.
type check struct {
	root, scratch string
	// receiver is the address that the simulator sends to, once it was told.
	receiver string
	// compared is how many deliveries were compared with their objects before these were deleted.
	compared int
}

const (
	operatorNamespace = "mux-operator-system"
	deployment        = "deployment/mux-operator-controller-manager"

	// patience is for one thing to come true. A pod that was killed is waited for with a back-off of up to a minute.
	patience = 150 * time.Second
)

// run gives what a command prints; its error has what the command wrote to standard error.
func run(stdin, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := command.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

func (c *check) kubectl(stdin string, args ...string) (string, error) {
	return run(stdin, "kubectl", args...)
}

func (c *check) helm(args ...string) error {
	_, err := run("", "helm", append(args, "--namespace", operatorNamespace)...)
	return err
}

// all runs commands of kubectl until one fails.
func (c *check) all(commands ...[]string) error {
	for _, args := range commands {
		if _, err := c.kubectl("", args...); err != nil {
			return err
		}
	}
	return nil
}

// wait has kubectl wait until a condition of an object is true.
func (c *check) wait(object, condition string) error {
	_, err := c.kubectl("", "wait", object, "--for=condition="+condition, "--timeout="+patience.String())
	return err
}

// field is one value of an object, by its JSON path.
func (c *check) field(object, path string, more ...string) (string, error) {
	return c.kubectl("", append([]string{"get", object, "-o", "jsonpath={" + path + "}"}, more...)...)
}

// inNode runs a command where the node's processes and files are: NODE_EXEC leads there where that is elsewhere.
func inNode(args ...string) (string, error) {
	args = append(strings.Fields(os.Getenv("NODE_EXEC")), args...)
	return run("", args[0], args[1:]...)
}

// eventually asks until the answer is yes; where it stays no, the error is the last reason.
func eventually(ask func() error) error {
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err = ask(); err == nil {
			return nil
		}
	}
	return err
}
