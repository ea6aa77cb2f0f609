// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"strings"
	"testing"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// TestFromMux is what each kind of error means for an object: its reason, whether a person must act, and when it is tried again.
func TestFromMux(t *testing.T) {
	for name, test := range map[string]struct {
		err     *mux.Error
		reason  string
		stalled bool
		after   time.Duration
		backoff bool
	}{
		"throttled":            {&mux.Error{Kind: mux.KindThrottled, RetryAfter: 7 * time.Second}, video.ReasonThrottled, false, 7 * time.Second, false},
		"throttled, no header": {&mux.Error{Kind: mux.KindThrottled}, video.ReasonThrottled, false, defaultThrottle, false},
		"unauthorized":         {&mux.Error{Kind: mux.KindUnauthorized}, video.ReasonCredentialsRejected, true, rejectedRetry, false},
		"forbidden":            {&mux.Error{Kind: mux.KindForbidden}, video.ReasonPermissionMissing, true, rejectedRetry, false},
		"plan limit":           {&mux.Error{Kind: mux.KindPlanLimit}, video.ReasonPlanLimit, true, refusedRetry, false},
		"invalid":              {&mux.Error{Kind: mux.KindInvalid}, video.ReasonInvalid, true, refusedRetry, false},
		"malformed id":         {&mux.Error{Kind: mux.KindMalformedID}, video.ReasonInvalid, true, refusedRetry, false},
		"transient":            {&mux.Error{Kind: mux.KindTransient, Err: errors.New("no route")}, video.ReasonMuxUnavailable, false, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := fromMux(test.err, "do something")
			var b *blocked
			if !errors.As(err, &b) || b.reason != test.reason || b.message == "" {
				t.Fatalf("got %+v, want reason %s", err, test.reason)
			}
			if got := projection.IsStalled(b.reason); got != test.stalled {
				t.Errorf("stalled is %v", got)
			}
			result, retry := requeue(err, 0)
			if result.RequeueAfter != test.after || (retry != nil) != test.backoff {
				t.Errorf("requeued %+v, %v; want after %s, backoff %v", result, retry, test.after, test.backoff)
			}
		})
	}
	busy := fromMux(&mux.Error{Kind: mux.KindThrottled, Err: &mux.QueueError{Wait: time.Second}, RetryAfter: time.Second}, "do something")
	if result, _ := requeue(busy, 0); result.RequeueAfter < queueRetry || result.RequeueAfter > queueRetry+queueSpread {
		t.Errorf("who finds the budget used up comes back after %s", result.RequeueAfter)
	}
	if err := fromMux(nil, "anything"); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestFromSecret(t *testing.T) {
	var b *blocked
	if err := fromSecret(&environment.SecretNotFoundError{Namespace: "n", Name: "s"}); !errors.As(err, &b) || b.reason != video.ReasonSecretNotFound {
		t.Errorf("got %v", err)
	}
	if err := fromSecret(&environment.SecretKeyMissingError{Namespace: "n", Name: "s", Key: "k"}); !errors.As(err, &b) || b.reason != video.ReasonSecretKeyMissing {
		t.Errorf("got %v", err)
	}
	if other := errors.New("the API server is away"); fromSecret(other) != other {
		t.Error("another error was changed")
	}
}

// TestGoesOn : what holds up one call does not hold up the next, unless every call would come to the same.
func TestGoesOn(t *testing.T) {
	for reason, want := range map[string]bool{
		video.ReasonWaitingForIdle: true, video.ReasonInvalid: true, video.ReasonPlanLimit: true, video.ReasonSecretNotFound: true,
		video.ReasonThrottled: false, video.ReasonMuxUnavailable: false, video.ReasonCredentialsRejected: false, video.ReasonPermissionMissing: false,
	} {
		if got := goesOn(waiting(reason, 0, "")); got != want {
			t.Errorf("%s: %t", reason, got)
		}
	}
	if !goesOn(nil) || goesOn(errStale) {
		t.Error("no error goes on, one of the API server does not")
	}
}

// TestRequeue : what one phase waits for does not put off what another has asked for, such as the confirming GET of an asset that
// waits to be ready; nor does that put off what is due sooner.
func TestRequeue(t *testing.T) {
	for name, test := range map[string]struct {
		err        error
		next, want time.Duration
	}{
		"nothing":                    {nil, 0, 0},
		"the object's own":           {nil, time.Minute, time.Minute},
		"an event, and the object's": {waiting(video.ReasonPreparing, 0, ""), confirmAfter, confirmAfter},
		"an event alone":             {waiting(video.ReasonPreparing, 0, ""), 0, 0},
		"the object's is sooner":     {waiting(video.ReasonPlanLimit, time.Hour, ""), time.Minute, time.Minute},
		"the object's is later":      {waiting(video.ReasonThrottled, time.Second, ""), time.Minute, time.Second},
		"a stale object":             {errStale, time.Minute, staleRetry},
	} {
		if got, err := requeue(test.err, test.next); got.RequeueAfter != test.want || err != nil {
			t.Errorf("%s: requeued %+v, %v; want after %s", name, got, err, test.want)
		}
	}
}

// TestThrottledUntil : the message tells the time of a long pause that Mux asked for, and none of a short one or where the operator's own
// budget is used up, so that a thousand objects in a queue do not rewrite their messages.
func TestThrottledUntil(t *testing.T) {
	for _, test := range []struct {
		err  *mux.Error
		told bool
	}{
		{&mux.Error{Kind: mux.KindThrottled, RetryAfter: time.Hour, Until: time.Now().Add(time.Hour)}, true},
		{&mux.Error{Kind: mux.KindThrottled, RetryAfter: time.Second, Until: time.Now().Add(time.Second)}, false},
		{&mux.Error{Kind: mux.KindThrottled, Err: &mux.QueueError{Wait: time.Minute}}, false},
	} {
		err := fromMux(test.err, "do something")
		if told := strings.Contains(err.Error(), "until "+test.err.Until.UTC().Format(time.RFC3339)); told != test.told {
			t.Error(err)
		}
	}
}
