// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what a sender is told. reason goes into the metric; it is told only with 2xx and 503.
type answer struct {
	status int
	result string // of a 2xx: applied, unchanged, ignored
	reason string
}

// Reasons of answers, one for each cell of the table in docs/receiver.md.
const (
	reasonUnknownEnvironment = "unknown_environment"
	reasonMethod             = "method"
	reasonTooLarge           = "too_large"
	reasonCutBody            = "cut_body"
	reasonOverloaded         = "overloaded"
	reasonNoProcessor        = "no_processor"
	reasonNoSigningSecret    = "no_signing_secret"
	reasonUnavailable        = "api_server_unavailable"
	reasonDeadline           = "deadline"
	reasonKept               = "kept"
	reasonInternal           = "internal_error"
	reasonNewerVersion       = "newer_version"
	reasonNotAnEvent         = "not_an_event"
	reasonOtherEnvironment   = "other_environment"
	reasonUnhandledType      = "unhandled_type"
	reasonUnknownType        = "unknown_type"
	reasonUnknownObject      = "unknown_object"
	reasonObjectExpected     = "object_expected"
	reasonNoState            = "no_state"
	reasonInvalidStatus      = "invalid_status"
	reasonObjectGone         = "object_gone"
	reasonAtMaximum          = "at_maximum"
	reasonNameTaken          = "name_taken"
)

func applied() answer                       { return answer{http.StatusOK, "applied", ""} }
func unchanged() answer                     { return answer{http.StatusOK, "unchanged", ""} }
func ignored(reason string) answer          { return answer{http.StatusOK, "ignored", reason} }
func tryAgain(reason string) answer         { return answer{http.StatusServiceUnavailable, "", reason} }
func refuse(code int, reason string) answer { return answer{code, "", reason} }

// retryAfter is what a sender is asked to wait: long enough for a cache or an API server to come back, and for the leader
// to record an id, short enough for a status to stay fresh.
const retryAfter = 5

// send writes the answer. The body of a 401 is the same whatever was wrong.
func (a answer) send(w http.ResponseWriter) {
	body := struct {
		Result string `json:"result,omitempty"`
		Reason string `json:"reason,omitempty"`
		Error  string `json:"error,omitempty"`
	}{Result: a.result, Reason: a.reason}
	if a.status != http.StatusOK {
		body.Reason, body.Error = "", errorTexts[a.status]
	}
	w.Header().Set("Content-Type", "application/json")
	switch a.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		body.Reason = a.reason
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(body) // the sender has gone; Mux will send again
}

var errorTexts = map[int]string{
	http.StatusBadRequest:            "the body is not a webhook event: a JSON object with type and data is expected",
	http.StatusUnauthorized:          "the signature is not valid",
	http.StatusNotFound:              "there is no such environment; the path is /webhooks/NAMESPACE/NAME of a MuxEnvironment",
	http.StatusMethodNotAllowed:      "webhooks are sent with POST",
	http.StatusRequestEntityTooLarge: "the body is larger than 1 MiB",
	http.StatusServiceUnavailable:    "not now; send the event again",
}
