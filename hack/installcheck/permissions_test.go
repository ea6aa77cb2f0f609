// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// TestReport : a permission counts as used when the operator itself used it and was let.
func TestReport(t *testing.T) {
	const log = `{"verb":"patch","user":{"username":"operator"},"objectRef":{"apiGroup":"video.mux.com","resource":"muxassets","subresource":"status"},"responseStatus":{"code":200}}
{"verb":"get","user":{"username":"somebody"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":200}}
{"verb":"update","user":{"username":"operator"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":403}}
{"verb":"get","user":{"username":"operator"},"responseStatus":{"code":200}}
`
	seen, err := used(strings.NewReader(log), "operator")
	if err != nil {
		t.Fatal(err)
	}
	status := rule{APIGroups: []string{"video.mux.com"}, Resources: []string{"muxassets/status"}, Verbs: []string{"patch"}}
	if err := report(granted([]rule{status}), seen); err != nil {
		t.Error(err)
	}
	secrets := rule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "update"}}
	err = report(granted([]rule{status, secrets}), seen)
	if err == nil || !strings.Contains(err.Error(), "2 of 3 permissions were never used and have no reason: get /secrets, update /secrets") {
		t.Errorf("got %v", err)
	}
	if _, err := used(strings.NewReader("no JSON"), "operator"); err == nil {
		t.Error("a log that is none is read without an error")
	}
}
