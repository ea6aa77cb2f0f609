// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// classify turns an answer that is not a success into an error.
func classify(call *call, response *http.Response, body []byte) *Error {
	kind, messages, readable := readErrorBody(body)
	scrub := scrubber(call, response.Request)
	kind, messages = scrub.Replace(kind), scrubbed(messages, scrub)
	e := &Error{
		Method: call.method, Route: call.route, Status: response.StatusCode,
		Type: clampText(kind, maxType), Messages: clampMessages(messages), RetryAfter: retryAfter(response.Header),
	}
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests:
		e.Kind = KindThrottled
	case status == http.StatusUnauthorized:
		e.Kind = KindUnauthorized
	case status == http.StatusRequestTimeout || status >= 500:
		e.Kind = call.unanswered()
	case status < 400: // a redirect: it is not followed, since it would carry the token elsewhere
		e.Kind = KindInvalid
		e.Messages = []string{"the answer is a redirect, which is not followed; check the API URL"}
	case !readable: // a proxy's own page: its 404 is no word on the object
		e.Kind = call.unanswered()
		e.Messages = []string{"the answer is not from Mux but from something in between"}
	default:
		e.Kind = refusal(status, e.Messages)
	}
	return e
}

// refusal is what a 4xx of Mux means. What it answers 400 to can only be told apart by its words.
func refusal(status int, messages []string) Kind {
	text := strings.ToLower(strings.Join(messages, " "))
	switch {
	case status == http.StatusNotFound:
		return KindNotFound
	case status == http.StatusForbidden:
		return KindForbidden
	case status == http.StatusBadRequest && strings.Contains(text, "failed to parse id"):
		return KindMalformedID
	case status == http.StatusBadRequest && strings.Contains(text, "free plan"):
		return KindPlanLimit
	default:
		return KindInvalid
	}
}

// readErrorBody reads {"error":{"type","messages"}} and the {"errors":[…]} of a 429. Anything else is not from Mux.
func readErrorBody(body []byte) (kind string, messages []string, readable bool) {
	var w struct {
		Error  *ObjectError `json:"error"`
		Errors *ObjectError `json:"errors"`
	}
	_ = readObject(body, &w) // of something else there is neither
	switch {
	case w.Error != nil:
		return w.Error.Type, w.Error.Messages, true
	case w.Errors != nil:
		return w.Errors.Type, w.Errors.Messages, true
	default:
		return "", nil, false
	}
}

// maxRetryAfter bounds what a header may ask for: a wrong one must not stop the operator for days.
const maxRetryAfter = time.Hour

// retryAfter reads retry-after-ms, then Retry-After in seconds or as a date on Mux's clock; 0 is neither.
func retryAfter(header http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return clampSeconds(ms / 1000)
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return clampSeconds(seconds)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// clampSeconds clamps before it converts, since a header may name more seconds than a Duration holds.
func clampSeconds(seconds float64) time.Duration {
	return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
}
