// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Kind says what an error means for the caller.
type Kind int

const (
	// KindTransient passes by itself: no connection, an overloaded Mux, an answer of something in between. A create was not
	// carried out; another change may have been and can be sent again as it is.
	KindTransient Kind = iota
	// KindUnknownOutcome is a create that may have reached Mux and whose answer did not come. It must not be repeated blindly.
	KindUnknownOutcome
	// KindThrottled : 429, or the budget would take longer than WithMaxWait allows. Nothing was done; RetryAfter says how
	// long to wait, where that is known.
	KindThrottled
	// KindNotFound : 404. The object is gone, or the token lacks the right to see it: whoami tells.
	KindNotFound
	// KindMalformedID : 400 for an id that Mux cannot parse.
	KindMalformedID
	// KindUnauthorized : 401. The token is not accepted.
	KindUnauthorized
	// KindForbidden : 403. The token may not, or the object no longer can.
	KindForbidden
	// KindInvalid : another 4xx. Mux refused the request, and would again.
	KindInvalid
	// KindPlanLimit : the account's plan does not allow it. The request may be all right.
	KindPlanLimit
	// KindNotWaiting : 403 for the cancellation of an upload that has ended some other way.
	KindNotWaiting
)

// Error is why a call failed. It never holds a secret: not the token, not a request's body, no URL but its host.
type Error struct {
	Kind       Kind
	Method     string // empty where the error is of no single call
	Route      string // a template such as /video/v1/assets/{id}
	Status     int    // of the HTTP answer; 0 for none
	Type       string // as Mux names it
	Messages   []string
	RetryAfter time.Duration // 0 where Mux did not say
	Until      time.Time     // when the pause that Mux asked for ends; zero for none
	Err        error         // of the transport; nil where Mux answered
}

// Error says what was called, what Mux said, and what to do next.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Method != "" {
		b.WriteString(e.Method + " " + e.Route + ": ")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d %s: ", e.Status, cmp.Or(e.Type, http.StatusText(e.Status), "unknown status"))
	}
	if e.Err != nil {
		b.WriteString(clampText(e.Err.Error(), maxMessage) + ": ")
	}
	for _, message := range e.Messages {
		b.WriteString(message + ": ")
	}
	return b.String() + hints[e.Kind]
}

// Unwrap returns the error of the transport.
func (e *Error) Unwrap() error { return e.Err }

// hints say what to do next.
var hints = map[Kind]string{
	KindTransient:      "try again later",
	KindUnknownOutcome: "Mux may have done it, look before sending it again",
	KindThrottled:      "wait before the next call",
	KindNotFound:       "it is gone, or the access token lacks the permission to see it",
	KindUnauthorized:   "check the access token",
	KindForbidden:      "check the access token's permissions and the object's state",
	KindInvalid:        "change the request, Mux would refuse it again",
	KindMalformedID:    "check the id",
	KindPlanLimit:      "change the Mux plan or delete what is not needed",
	KindNotWaiting:     "nothing is left to cancel",
}

func isKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// IsNotFound reports a 404: gone, or the token lacks the right.
func IsNotFound(err error) bool { return isKind(err, KindNotFound) }

// IsMalformedID reports an id that Mux cannot parse.
func IsMalformedID(err error) bool { return isKind(err, KindMalformedID) }

// IsUnauthorized reports a token that Mux does not accept.
func IsUnauthorized(err error) bool { return isKind(err, KindUnauthorized) }

// IsForbidden reports a 403.
func IsForbidden(err error) bool { return isKind(err, KindForbidden) }

// IsThrottled reports a 429, or a budget that is used up for longer than the caller waits.
func IsThrottled(err error) bool { return isKind(err, KindThrottled) }

// IsInvalid reports a request that Mux refused and would refuse again.
func IsInvalid(err error) bool { return isKind(err, KindInvalid) }

// IsPlanLimit reports a limit of the account's plan.
func IsPlanLimit(err error) bool { return isKind(err, KindPlanLimit) }

// IsNotWaiting reports an upload that cannot be cancelled since it has ended.
func IsNotWaiting(err error) bool { return isKind(err, KindNotWaiting) }

// IsTransient reports what passes by itself.
func IsTransient(err error) bool { return isKind(err, KindTransient) }

// IsUnknownOutcome reports a create that may have happened.
func IsUnknownOutcome(err error) bool { return isKind(err, KindUnknownOutcome) }

// RetryAfter is how long Mux asked to wait; false where it did not say.
func RetryAfter(err error) (time.Duration, bool) {
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter, true
	}
	return 0, false
}

// PausedUntil is when the pause ends that Mux asked of all who call the environment, by an answer to this call or an earlier one;
// zero where the call failed for another reason.
func PausedUntil(err error) time.Time {
	var e *Error
	if errors.As(err, &e) {
		return e.Until
	}
	return time.Time{}
}

// Messages are kept for people: five lines of three hundred characters are what a condition can show. Types are one word.
const (
	maxMessages = 5
	maxMessage  = 300
	maxType     = 64
)

// urlPattern finds URLs in texts; what comes before and after the host may be a token.
var urlPattern = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s/?#"'<>@]*@)?([^\s/?#"'<>@]*)[^\s"'<>]*`)

// Redact keeps of each URL in a text the scheme and the host: enough to know which one is meant. It must run before a text
// is cut, since half a URL is not known as one.
func Redact(text string) string { return urlPattern.ReplaceAllString(text, "$1$3/…") }

func clampMessages(messages []string) []string {
	var kept []string
	for _, message := range messages[:min(len(messages), maxMessages)] {
		kept = append(kept, clampText(message, maxMessage))
	}
	return kept
}

// clampText leaves one line of so many characters, without secrets of URLs.
func clampText(text string, limit int) string {
	characters := []rune(strings.Join(strings.Fields(Redact(text)), " "))
	return string(characters[:min(len(characters), limit)])
}
