// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// ServeHTTP takes one webhook.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	began := r.options.Now()
	ctx, cancel := context.WithTimeout(request.Context(), requestTimeout)
	defer cancel()
	event, a := r.receive(ctx, w, request)
	r.metrics.answered(a, event, began, r.options.Now())
	if r.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	if event == nil {
		endReading(w)
	}
	a.send(w)
}

// endReading bounds what is left to read of a request that is refused. The server reads to the end of a body before it answers, so
// that the connection can be used again, for as long as readTimeout: whoever forges would hold a connection for that long
// without a place among those who are read.
func endReading(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)) // it fails where there is no connection
}

// receive goes from the request to the answer. The event is nil where none was decoded.
func (r *Receiver) receive(ctx context.Context, w http.ResponseWriter, request *http.Request) (*mux.Event, answer) {
	env, err := r.environment(ctx, request.URL.Path)
	switch {
	case errors.Is(err, errNoEnvironment):
		return nil, refuse(http.StatusNotFound, reasonUnknownEnvironment)
	case err != nil:
		return nil, tryAgain(reasonUnavailable)
	case request.Method != http.MethodPost:
		return nil, refuse(http.StatusMethodNotAllowed, reasonMethod)
	}
	signed, a := r.signature(ctx, request, env)
	if a != nil {
		return nil, *a
	}
	place, ok := r.admission.admit(ctx, w)
	if !ok {
		return nil, tryAgain(reasonOverloaded)
	}
	defer place.leave()
	b, a := place.readBody(w, request)
	if a != nil {
		return nil, *a
	}
	d := &delivery{env: env, place: place, giveProcessor: func() {}}
	defer func() { d.giveProcessor() }() // which it has from decode on
	if a := r.decode(ctx, d, signed, b); a != nil {
		return nil, *a
	}
	if d.event.Type != environment.TestEvent { // which a person sent, not Mux
		r.verified.mark(env)
	}
	return d.event, r.apply(ctx, d)
}

// decode takes the event from a body whose signature is right; the answer is set where there is no event. It waits for one of as many
// places as there are processors, which the event keeps until it waits for a write: in a flood ten times as much is looked at as is written,
// and a thousand requests that are ready to run at once would each come before a write whose answer has come.
func (r *Receiver) decode(ctx context.Context, d *delivery, signed *signature, b body) *answer {
	defer b.release()
	if err := signed.verify(b...); err != nil {
		return new(refuse(http.StatusUnauthorized, err.Error()))
	}
	var ok bool
	if d.hurried, ok = d.place.verified(d.line()); !ok {
		return new(tryAgain(reasonOverloaded))
	}
	if err := r.processors.Take(ctx, d.line()); err != nil {
		return new(tryAgain(reasonNoProcessor))
	}
	d.giveProcessor = sync.OnceFunc(r.processors.Give)
	event, err := mux.DecodeEvent(b.bytes())
	if err != nil {
		return new(refuse(http.StatusBadRequest, reasonNotAnEvent))
	}
	d.event = event
	return nil
}

// signature decides on all that the header alone tells, and has the secrets that may have made it: what would be refused anyway takes no place, and
// nothing is read of it.
func (r *Receiver) signature(ctx context.Context, request *http.Request, env *video.MuxEnvironment) (*signature, *answer) {
	if request.ContentLength > maxBody {
		return nil, new(refuse(http.StatusRequestEntityTooLarge, reasonTooLarge))
	}
	signed, err := readSignature(request.Header.Get(signatureHeader), r.options.Now(), environment.Tolerance(env))
	if err != nil {
		return nil, new(refuse(http.StatusUnauthorized, err.Error()))
	}
	asked, ok := r.admission.ask(client.ObjectKeyFromObject(env).String())
	if !ok {
		return nil, new(tryAgain(reasonOverloaded))
	}
	defer asked()
	signed.secrets, err = environment.SigningSecrets(ctx, env, r.options.Secrets)
	if len(signed.secrets) == 0 {
		if err != nil {
			log.FromContext(ctx).V(1).Info("no signing secret", "environment", client.ObjectKeyFromObject(env), "error", err.Error())
		}
		return nil, new(tryAgain(reasonNoSigningSecret))
	}
	return signed, nil
}

// apply brings a verified event into the statuses of the objects that it is about.
func (r *Receiver) apply(ctx context.Context, d *delivery) answer {
	env, event := d.env, d.event
	if comesFromElsewhere(env, event) {
		return ignored(reasonOtherEnvironment)
	}
	target, ok := r.targets[familyOf(event.Type)]
	if !ok {
		return ignored(unhandled(event.Type))
	}
	if isWarning(event.Type) {
		return r.warn(ctx, target, d)
	}
	told, ok := target.lift(event)
	if !ok {
		return ignored(noEffect(event.Type))
	}
	to, err := r.router.to(ctx, target, env, event)
	switch {
	case err != nil:
		return tryAgain(reasonUnavailable)
	case len(to.objects) > 0:
		return r.commit(ctx, d, target, to, told)
	default:
		return r.commitMade(ctx, d, target, to, told)
	}
}

// commitMade joins an event that no object is there for into one that is made for it, if it is to be made.
func (r *Receiver) commitMade(ctx context.Context, d *delivery, t *target, to route, told told) answer {
	env, event := d.env, d.event
	from, err := r.router.originOf(ctx, t, env, event)
	if err != nil {
		return tryAgain(reasonUnavailable)
	}
	if from == nil || from.kind == video.OriginDiscovery { // what is declared, or made for a reason, comes first
		expected, err := r.router.comesFirst(ctx, t, env, event)
		switch {
		case err != nil:
			return tryAgain(reasonUnavailable)
		case expected || to.expected:
			return tryAgain(reasonObjectExpected)
		}
	}
	if from == nil || to.id == "" {
		return ignored(reasonUnknownObject)
	}
	if d.hurried { // an object cannot be kept for later
		return tryAgain(reasonOverloaded)
	}
	object, refused := r.makeInTurn(ctx, d, t, from, to.id)
	if refused != nil {
		return *refused
	}
	outcome, err := t.commitTo(ctx, object, newChange(env, to, told), r.ticket(d))
	return answerOf(ctx, outcome, err)
}

// comesFromElsewhere says whether an event is of another Mux environment than the one that the path stands for. Where the
// body does not say, or the operator does not know yet, the path and its secret decide.
func comesFromElsewhere(env *video.MuxEnvironment, event *mux.Event) bool {
	known := env.Status.EnvironmentID
	if known == "" {
		known = env.Spec.EnvironmentID
	}
	return known != "" && event.Environment.ID != "" && event.Environment.ID != known
}

// commit joins what was told into every object that follows the one at Mux, and answers for all of them.
func (r *Receiver) commit(ctx context.Context, d *delivery, t *target, to route, told told) answer {
	all := ignored(reasonObjectGone)
	for _, key := range to.objects {
		outcome, err := t.commit(ctx, key, newChange(d.env, to, told), r.ticket(d))
		one := answerOf(ctx, outcome, err)
		if one.status != http.StatusOK {
			return one
		}
		all = stronger(all, one)
	}
	return all
}

// answerOf says what the outcome of a commit means for the sender.
func answerOf(ctx context.Context, outcome commit.Outcome, err error) answer {
	switch {
	case outcome == commit.Invalid:
		log.FromContext(ctx).Error(err, "the API server refuses a status for good; the event is dropped")
		return ignored(reasonInvalidStatus)
	case errors.Is(err, errOtherObject):
		return ignored(reasonUnknownObject)
	case errors.Is(err, commit.ErrNewerProjection):
		return tryAgain(reasonNewerVersion)
	case errors.Is(err, commit.ErrPanicked):
		return tryAgain(reasonInternal)
	case errors.Is(err, commit.ErrKept):
		return tryAgain(reasonKept)
	case errors.Is(err, commit.ErrNoRoom):
		return tryAgain(reasonOverloaded)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return tryAgain(reasonDeadline)
	case err != nil:
		return tryAgain(reasonUnavailable)
	case outcome == commit.Applied:
		return applied()
	case outcome == commit.Gone:
		return ignored(reasonObjectGone)
	default:
		return unchanged()
	}
}

// stronger is the answer that says more: that something was applied, or at least known.
func stronger(a, b answer) answer {
	rank := map[string]int{"applied": 2, "unchanged": 1}
	if rank[b.result] > rank[a.result] || a.reason == reasonObjectGone {
		return b
	}
	return a
}
