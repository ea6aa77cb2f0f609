// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// leader is who holds the Lease: a pod's name, and what its process is called.
func (c *check) leader() (string, error) {
	return c.field("lease/mux-operator.video.mux.com", ".spec.holderIdentity", "-n", operatorNamespace)
}

// leads is an error until a pod that runs leads and has reconciled everything. One that was stopped together with its rights could not
// give up the Lease, so the next one may have to wait for that to end.
func (c *check) leads() error {
	leader, err := c.leader()
	if err != nil {
		return err
	}
	objects, err := c.followed()
	if err != nil {
		return err
	}
	pod, _, _ := strings.Cut(leader, "_")
	metrics, err := c.kubectl("", "get", "--raw", "/api/v1/namespaces/"+operatorNamespace+"/pods/"+pod+":8080/proxy/metrics")
	if err != nil {
		return err
	}
	done := sum(metrics, "controller_runtime_reconcile_total")
	left := sum(metrics, "workqueue_depth") + sum(metrics, "controller_runtime_active_workers")
	if done < float64(len(objects)) || left > 0 {
		return fmt.Errorf("%s has reconciled %.0f times with %d objects, and %.0f are left", pod, done, len(objects), left)
	}
	return nil
}

// sum adds up the series of a metric, in Prometheus's text format.
func sum(metrics, name string) (total float64) {
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, name+"{") {
			continue
		}
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err == nil {
			total += value
		}
	}
	return total
}
