// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// killer ends the operator's process in the pod that it is given, as the node's kernel would when memory runs out. The runtime gives
// each container its pod's name as HOSTNAME.
const killer = `for p in /proc/[0-9]*; do
  [ "$(cat "$p/comm" 2>/dev/null)" = mux-operator ] && tr '\0' '\n' <"$p/environ" | grep -qxF "HOSTNAME=$0" && exec kill -9 "${p#/proc/}"
done
echo "no process of the pod $0" >&2
exit 1`

// killLeader kills the pod that leads, and waits for the other one to lead and for the first to be ready again.
func (c *check) killLeader() error {
	began, before := time.Now(), ""
	before, err := c.leader()
	if err != nil {
		return err
	}
	pod, _, _ := strings.Cut(before, "_")
	if err := c.killed(pod); err != nil {
		return err
	}
	after := ""
	err = eventually(func() error {
		if after, err = c.leader(); err == nil && (after == before || after == "") {
			err = fmt.Errorf("%s was killed and leads still", before)
		}
		return err
	})
	if err != nil {
		return err
	}
	say("%s led and was killed; %s leads after %.0f s", before, after, time.Since(began).Seconds())
	return c.all(c.rolledOut())
}

// killOther kills the pod that does not lead.
func (c *check) killOther() error {
	leader, err := c.leader()
	if err != nil {
		return err
	}
	pods, err := c.operatorPods()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(pods, func(pod string) bool { return !strings.HasPrefix(leader, pod+"_") })
	if i < 0 {
		return fmt.Errorf("of %v none is other than the leader %s", pods, leader)
	}
	if err := c.killed(pods[i]); err != nil {
		return err
	}
	return c.all(c.rolledOut())
}

// killed kills the process of a pod, and waits until its container has been started once more.
func (c *check) killed(pod string) error {
	restarts := func() (string, error) {
		return c.field("pod/"+pod, ".status.containerStatuses[0].restartCount", "-n", operatorNamespace)
	}
	before, err := restarts()
	if err != nil {
		return err
	}
	if _, err := inNode("sh", "-c", killer, pod); err != nil {
		return err
	}
	return eventually(func() error {
		after, err := restarts()
		if err == nil && after == before {
			err = fmt.Errorf("%s was killed and not started again", pod)
		}
		return err
	})
}
