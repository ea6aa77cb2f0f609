// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Reasons that several permissions have.
const (
	lists   = "the caches list at first where the API server cannot stream the beginning, or after a cut"
	reads   = "a status that met somebody else's write is read anew before it is joined again"
	gives   = "what was made for an event gives way to what is declared, and an upload ends with its ttlSecondsAfterFinished; the check has neither"
	repeats = "an Event that repeats becomes a series; here none does"
)

// unused are permissions that this check has no occasion for, each with the reason why the operator has it.
var unused = map[string]string{
	"create video.mux.com/muxlivestreams": "discovery makes them; the check declares its own",
	"delete video.mux.com/muxassets":      gives,
	"delete video.mux.com/muxlivestreams": gives,
	"delete video.mux.com/muxuploads":     gives,
	"get /namespaces":                     "read for allowedNamespaces with a selector; the check has one namespace",
	"get video.mux.com/muxassets":         reads,
	"get video.mux.com/muxenvironments":   reads,
	"get video.mux.com/muxlivestreams":    reads,
	"get video.mux.com/muxuploads":        reads,
	"list /namespaces":                    lists,
	"list /secrets":                       lists,
	"list video.mux.com/muxassets":        lists,
	"list video.mux.com/muxenvironments":  lists,
	"list video.mux.com/muxlivestreams":   lists,
	"list video.mux.com/muxuploads":       lists,
	"patch /events":                       repeats,
	"patch /secrets":                      "a key that was reset at Mux reaches its Secret; the check resets none",
	"patch events.k8s.io/events":          repeats,
}

// rule is what a Role has in common with a ClusterRole.
type rule struct {
	APIGroups, Resources, Verbs []string
}

// granted are the rules as "verb group/resource".
func granted(rules []rule) (all []string) {
	for _, r := range rules {
		for _, group := range r.APIGroups {
			for _, resource := range r.Resources {
				for _, verb := range r.Verbs {
					all = append(all, verb+" "+group+"/"+resource)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// entry is what a line of the audit log says.
type entry struct {
	Verb string
	User struct{ Username string }
	// ObjectRef is missing from what is asked of no resource, such as the API server's version.
	ObjectRef      struct{ APIGroup, Resource, Subresource string }
	ResponseStatus struct{ Code int }
}

// used are the permissions that a user has used with success, read from an audit log.
func used(log io.Reader, user string) (map[string]bool, error) {
	all := map[string]bool{}
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		if e.User.Username != user || e.ResponseStatus.Code == 403 {
			continue
		}
		resource := e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			resource += "/" + e.ObjectRef.Subresource
		}
		all[e.Verb+" "+e.ObjectRef.APIGroup+"/"+resource] = true
	}
	return all, lines.Err()
}

// permissions compares the operator's roles with the audit log.
func (c *check) permissions() error {
	var rules []rule
	for _, args := range [][]string{
		{"get", "clusterrole", "mux-operator-manager-role", "-o", "json"},
		{"get", "role", "mux-operator-leader-election-role", "-n", operatorNamespace, "-o", "json"},
	} {
		out, err := c.kubectl("", args...)
		if err != nil {
			return err
		}
		var role struct{ Rules []rule }
		if err := json.Unmarshal([]byte(out), &role); err != nil {
			return err
		}
		rules = append(rules, role.Rules...)
	}
	log, err := inNode("cat", os.Getenv("AUDIT_LOG"))
	if err != nil {
		return err
	}
	seen, err := used(strings.NewReader(log), "system:serviceaccount:"+operatorNamespace+":mux-operator-controller-manager")
	if err != nil {
		return err
	}
	return report(granted(rules), seen)
}

// report prints what was never used, and is an error for what has no reason to be there.
func report(all []string, seen map[string]bool) error {
	var bad []string
	for _, permission := range all {
		if seen[permission] {
			continue
		}
		reason, ok := unused[permission]
		if !ok {
			bad = append(bad, permission)
		}
		fmt.Printf("install-check: never used: %s (%s)\n", permission, reason)
	}
	if len(bad) > 0 {
		return fmt.Errorf("%d of %d permissions were never used and have no reason: %s", len(bad), len(all), strings.Join(bad, ", "))
	}
	return nil
}
