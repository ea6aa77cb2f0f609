// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"net/http"
)

// refusal is an answer in Mux's error shape.
type refusal struct {
	status   int
	kind     string
	messages []string
}

func invalid(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_parameters", []string{fmt.Sprintf(format, args...)}}
}

func notFound() *refusal {
	return &refusal{http.StatusNotFound, "not_found", []string{"The requested resource either doesn't exist or you don't have access to it."}}
}

func unauthorized() *refusal {
	return &refusal{http.StatusUnauthorized, "unauthorized", []string{"Unauthorized request"}}
}

func (r *refusal) answer() answer {
	if r.status == http.StatusTooManyRequests {
		return answer{status: r.status, body: object{"errors": r.messages}}
	}
	return answer{status: r.status, body: object{"error": object{"type": r.kind, "messages": r.messages}}}
}

// tooManyRequests has a shape of its own at Mux.
func tooManyRequests() *refusal {
	return &refusal{status: http.StatusTooManyRequests, messages: []string{"Too many requests, retry later."}}
}

// serverError is what the edge says when Mux does not: no JSON.
func serverError(status int) answer {
	return answer{status: status, text: http.StatusText(status) + "\n"}
}
