// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// classify turns an answer that is not a success into an error.
func classify(call *call, response *http.Response, body []byte) *Error {
	e := &Error{Method: call.method, Route: call.route, Status: response.StatusCode, RetryAfter: retryAfter(response.Header)}
	e.Type, e.Messages = readErrorBody(body)
	e.Messages = clampMessages(e.Messages)
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests:
		e.Kind = KindThrottled
	case status == http.StatusNotFound:
		e.Kind = KindNotFound
	case status == http.StatusUnauthorized:
		e.Kind = KindUnauthorized
	case status == http.StatusForbidden:
		e.Kind = KindForbidden
	case status == http.StatusRequestTimeout || status >= 500:
		e.Kind = call.unanswered()
	case status >= 400:
		e.Kind = refusal(e.Messages)
	default: // a redirect: it is not followed, since it would carry the token elsewhere
		e.Kind = KindInvalid
		e.Messages = []string{"Mux answered with a redirect, which is not followed; check the API URL"}
	}
	return e
}

// refusal tells apart what Mux answers 400 to by its words; there is nothing else to tell it by.
func refusal(messages []string) Kind {
	text := strings.ToLower(strings.Join(messages, " "))
	switch {
	case strings.Contains(text, "failed to parse id"):
		return KindMalformedID
	case strings.Contains(text, "free plan"):
		return KindPlanLimit
	default:
		return KindInvalid
	}
}

// readErrorBody reads {"error":{"type","messages"}} and the {"errors":[…]} of a 429. Other bodies, which come from the
// edge, say nothing.
func readErrorBody(body []byte) (kind string, messages []string) {
	var w struct {
		Error  Maybe[ObjectError] `json:"error"`
		Errors List[Text]         `json:"errors"`
	}
	if json.Unmarshal(body, &w) != nil {
		return "", nil
	}
	if w.Error.Value != nil {
		return w.Error.Value.Type, w.Error.Value.Messages
	}
	for _, message := range w.Errors {
		messages = append(messages, string(message))
	}
	return "", messages
}

// maxRetryAfter bounds what a header may ask for: a wrong one must not stop the operator for days.
const maxRetryAfter = time.Hour

// retryAfter reads retry-after-ms, then Retry-After in seconds or as a date.
func retryAfter(header http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return min(time.Duration(ms*float64(time.Millisecond)), maxRetryAfter)
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(from), 0), maxRetryAfter)
}
