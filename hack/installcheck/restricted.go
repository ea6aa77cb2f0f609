// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// privileged is a pod that the pod security standard restricted does not let in.
const privileged = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"privileged"},"spec":{"containers":[
{"name":"one","image":"localhost/muxsim:1","securityContext":{"privileged":true}}]}}`

// restricted holds that a privileged pod is refused where the operator's pods run.
func (c *check) restricted() error {
	_, err := c.kubectl(privileged, "apply", "--dry-run=server", "-n", operatorNamespace, "-f", "-")
	if err == nil {
		return fmt.Errorf("the namespace %s lets in a privileged pod", operatorNamespace)
	}
	if !strings.Contains(err.Error(), `violates PodSecurity "restricted:`) {
		return err
	}
	pods, err := c.operatorPods()
	if err == nil && len(pods) != 2 {
		err = fmt.Errorf("%d pods run there, want 2", len(pods))
	}
	return err
}

// operatorPods are the names of the pods of the operator that run.
func (c *check) operatorPods() ([]string, error) {
	out, err := c.kubectl("", "get", "pods", "-n", operatorNamespace, "-l", "control-plane=controller-manager",
		"--field-selector=status.phase=Running", "-o", "jsonpath={.items[*].metadata.name}")
	return strings.Fields(out), err
}
