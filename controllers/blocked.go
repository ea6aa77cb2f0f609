// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// blocked is why a phase cannot go on. Its reason and message become the Synced condition.
type blocked struct {
	reason  string
	message string
	// after is when to try again; 0 waits for an event.
	after time.Duration
	// cause is set for what passes by itself: it is retried with a growing delay.
	cause error
	// hint is a way out, told last.
	hint string
}

func (b *blocked) Error() string {
	if b.cause != nil {
		return b.message + ": " + b.cause.Error() + b.hint
	}
	return b.message + b.hint
}

func (b *blocked) Unwrap() error { return b.cause }

// hinted adds a way out to what holds something up.
func hinted(err error, hint string) error {
	if b, ok := err.(*blocked); ok {
		longer := *b
		longer.hint += hint
		return &longer
	}
	return err
}

// terminal is for what only a person can change; a change of the object or of its environment starts the next try.
func terminal(reason, format string, args ...any) error {
	return &blocked{reason: reason, message: fmt.Sprintf(format, args...)}
}

// waiting is for what something else will change, looked at again after a while; 0 waits for the event alone.
func waiting(reason string, after time.Duration, format string, args ...any) error {
	return &blocked{reason: reason, message: fmt.Sprintf(format, args...), after: after}
}

// transient is for what passes by itself.
func transient(cause error, format string, args ...any) error {
	return &blocked{reason: video.ReasonMuxUnavailable, message: fmt.Sprintf(format, args...), cause: cause}
}

// retried makes what waits for an event look again after a while as well, since an event can be missed.
func retried(err error, after time.Duration) error {
	if b, ok := err.(*blocked); ok && b.after == 0 && b.cause == nil {
		again := *b
		again.after = after
		return &again
	}
	return err
}

// goesOn says that what a call came to does not hold up the next one about the same object. A budget that is used up, a Mux that
// is not there and a token that it does not take do.
func goesOn(err error) bool {
	if err == nil {
		return true
	}
	b, ok := err.(*blocked)
	return ok && b.reason != video.ReasonThrottled && b.reason != video.ReasonMuxUnavailable && !isRejection(b.reason)
}

// errStale says that the object changed under the reconcile, or that the cache is behind. Nothing is written; the change
// itself starts the next reconcile.
var errStale = errors.New("the object has changed since it was read")

// staleOr makes errStale of a conflict.
func staleOr(err error) error {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return errStale
	}
	return err
}

// defaultThrottle is waited when Mux asks to slow down and does not say for how long: its sustained limit is one POST a
// second, so five seconds refill a small burst.
const defaultThrottle = 5 * time.Second

// toldPause is the shortest pause whose end an object tells. Of shorter ones the condition Throttled of the MuxEnvironment does: a
// thousand objects that wait, each in another pause at each look, would write a status each time.
const toldPause = time.Minute

// rejectedRetry is how long to wait before trying rejected credentials again without a change of the Secret: a token may
// be restored in Mux's dashboard, and a call a minute hurts nobody.
const rejectedRetry = time.Minute

// refusedRetry is how long to wait before sending again, unchanged, what Mux refused: a plan, or what the spec names at Mux,
// may have changed, of which nothing tells. A thousand such objects cost a quarter of the creates that Mux allows.
const refusedRetry = time.Hour

// Objects that find the request budget used up come back after queueRetry and up to queueSpread more: a thousand of them
// are a hundred looks a second, which cost next to nothing.
const (
	queueRetry  = 5 * time.Second
	queueSpread = 10 * time.Second
)

// fromMux says what an answer of Mux to the given call means for the object.
func fromMux(err error, call string) error {
	var b *blocked
	switch {
	case err == nil || errors.As(err, &b):
		return err
	case mux.IsThrottled(err) && time.Until(mux.PausedUntil(err)) > toldPause:
		return waiting(video.ReasonThrottled, throttledFor(err), "Mux has asked to slow down, so nothing is sent for this environment until %s; then the operator goes on to %s by itself",
			mux.PausedUntil(err).UTC().Format(time.RFC3339), call)
	case mux.IsThrottled(err):
		return waiting(video.ReasonThrottled, throttledFor(err), "Mux limits the requests of this environment; the operator waits for its turn to %s", call)
	case mux.IsUnauthorized(err):
		return waiting(video.ReasonCredentialsRejected, rejectedRetry,
			"Mux rejected the access token when the operator tried to %s; put a valid token into the Secret that the MuxEnvironment names", call)
	case mux.IsForbidden(err):
		return waiting(video.ReasonPermissionMissing, rejectedRetry,
			"the access token may not %s; give it the permissions video:read and video:write in Mux's dashboard", call)
	case mux.IsPlanLimit(err):
		return waiting(video.ReasonPlanLimit, refusedRetry, "the Mux plan does not allow to %s: %s", call, err)
	case mux.IsInvalid(err), mux.IsMalformedID(err):
		return waiting(video.ReasonInvalid, refusedRetry, "Mux refused to %s: %s; correct the spec", call, err)
	default:
		return transient(err, "could not %s", call)
	}
}

// throttledFor is when to try again: as Mux asked, or, where the operator's own budget is used up, spread so that not all
// who wait come back at once.
func throttledFor(err error) time.Duration {
	after, ok := mux.RetryAfter(err)
	var queue *mux.QueueError
	switch {
	case errors.As(err, &queue):
		return max(after, queueRetry) + rand.N(queueSpread)
	case ok:
		return after
	default:
		return defaultThrottle
	}
}

// fromSecret says what a missing Secret or key means for the object.
func fromSecret(err error) error {
	var noSecret *environment.SecretNotFoundError
	var noKey *environment.SecretKeyMissingError
	switch {
	case errors.As(err, &noSecret):
		return terminal(video.ReasonSecretNotFound, "%s", err)
	case errors.As(err, &noKey):
		return terminal(video.ReasonSecretKeyMissing, "%s", err)
	default:
		return err
	}
}

// requeue is the result of a reconcile that ended with err: the one place where errors become delays. next is when the
// object itself asked to be looked at again, 0 for never.
func requeue(err error, next time.Duration) (ctrl.Result, error) {
	var b *blocked
	switch {
	case err == nil:
		return ctrl.Result{RequeueAfter: next}, nil
	case errors.Is(err, errStale):
		return ctrl.Result{RequeueAfter: staleRetry}, nil
	case !errors.As(err, &b):
		return ctrl.Result{}, err
	case b.cause != nil:
		return ctrl.Result{}, b
	case b.after == 0 || (next > 0 && next < b.after): // what one phase waits for does not put off what another asked for
		return ctrl.Result{RequeueAfter: next}, nil
	default:
		return ctrl.Result{RequeueAfter: b.after}, nil
	}
}

// staleRetry is a little longer than a watch event usually takes to arrive.
const staleRetry = 200 * time.Millisecond
