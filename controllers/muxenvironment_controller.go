// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// +kubebuilder:rbac:groups=video.mux.com,resources=muxenvironments,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=video.mux.com,resources=muxenvironments/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// environmentReconciler keeps a MuxEnvironment's status: who the credentials are, and whether webhooks can be verified.
type environmentReconciler struct {
	client  client.Client
	options Options
	clients *clients

	// rechecks carries environments whose credentials an object's call has found rejected.
	rechecks chan event.TypedGenericEvent[*video.MuxEnvironment]

	mu sync.Mutex
	// registered is what the last look at the webhook endpoints of each environment found.
	registered map[client.ObjectKey]registered
}

// rechecksBuffered is enough for every environment of a large cluster at once; one more waits for the controller.
const rechecksBuffered = 128

func newEnvironmentReconciler(c client.Client, o Options, clients *clients) *environmentReconciler {
	return &environmentReconciler{
		client:   c,
		options:  o,
		clients:  clients,
		rechecks: make(chan event.TypedGenericEvent[*video.MuxEnvironment], rechecksBuffered),
	}
}

func (r *environmentReconciler) setup(mgr ctrl.Manager) error {
	controlled := ctrl.NewControllerManagedBy(mgr).
		Named("muxenvironment").
		For(&video.MuxEnvironment{}, builder.WithPredicates(specChanged()))
	for _, k := range kinds {
		controlled.Watches(k.newObject(), handler.EnqueueRequestsFromMapFunc(r.leaving), builder.WithPredicates(deleted()))
	}
	return controlled.
		WatchesMetadata(secretMetadata(), handler.EnqueueRequestsFromMapFunc(r.environmentsOfSecret)).
		WatchesRawSource(source.Channel(r.rechecks, &handler.TypedEnqueueRequestForObject[*video.MuxEnvironment]{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: environmentWorkers}).
		Complete(r)
}

// environmentWorkers is small: there are few environments, and a check is one call to Mux.
const environmentWorkers = 4

// environmentsOfSecret maps a Secret to the environments that take credentials or signing secrets from it.
func (r *environmentReconciler) environmentsOfSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	var list video.MuxEnvironmentList
	if err := r.client.List(ctx, &list, client.InNamespace(secret.GetNamespace()), listAll); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot map a secret to its environments", "secret", client.ObjectKeyFromObject(secret))
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if refersTo(&list.Items[i], secret.GetName()) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

func refersTo(env *video.MuxEnvironment, secret string) bool {
	if ref := env.Spec.CredentialsSecretRef; ref != nil && ref.Name == secret {
		return true
	}
	if environment.EndpointSecret(env).Name == secret && (environment.Registration(env) != nil || len(env.Status.WebhookEndpoints) > 0) {
		return true
	}
	if env.Spec.Webhook != nil {
		for _, ref := range env.Spec.Webhook.SigningSecretRefs {
			if ref.Name == secret {
				return true
			}
		}
	}
	return false
}

// recheck forgets who the credentials of env are and looks again, because Mux has just rejected them.
func (r *environmentReconciler) recheck(env *video.MuxEnvironment) {
	r.clients.forget(client.ObjectKeyFromObject(env))
	r.again(env)
}

// swept looks at the webhook endpoints of env, which is part of the sweep.
func (r *environmentReconciler) swept(env *video.MuxEnvironment) {
	if environment.Registration(env) != nil || len(env.Status.WebhookEndpoints) > 0 {
		r.lookAgain(client.ObjectKeyFromObject(env))
		r.again(env)
	}
}

func (r *environmentReconciler) again(env *video.MuxEnvironment) {
	select {
	case r.rechecks <- event.TypedGenericEvent[*video.MuxEnvironment]{Object: env}:
	default: // the buffer is full of environments to look at; the object's own retry comes back here
	}
}

// Reconcile checks the environment.
func (r *environmentReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	env := &video.MuxEnvironment{}
	if err := r.client.Get(ctx, request.NamespacedName, env); err != nil {
		r.clients.forget(request.NamespacedName)
		r.lookAgain(request.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !env.DeletionTimestamp.IsZero() {
		return r.finalize(mux.WithMaxWait(ctx, maxWait), env)
	}
	if err := r.keepWhileUsed(ctx, env); err != nil {
		return requeue(err, 0)
	}
	found, err := r.check(mux.WithMaxWait(ctx, maxWait), env)
	return r.publish(ctx, env, found, err)
}

// publish writes what a check found, and decides when to look again.
func (r *environmentReconciler) publish(ctx context.Context, env *video.MuxEnvironment, found environmentFindings, err error) (ctrl.Result, error) {
	var b *blocked
	if err != nil && !errors.As(err, &b) {
		return requeue(err, 0) // the API server's fault, not Mux's: nothing to tell, try again
	}
	if found.env != nil {
		env = found.env
	}
	found.paused = r.pausedUntil(env)
	if _, _, writeErr := commit.StatusOf(ctx, r.options.Committer, env, found.write(b, metav1.NewTime(r.options.Clock()))); writeErr != nil {
		return requeue(staleOr(writeErr), 0)
	}
	if err == nil && found.unregistered != nil {
		err = found.unregistered
	}
	if wait := time.Until(found.paused); wait > 0 {
		found.next = soonest(found.next, wait)
	}
	return requeue(err, found.next)
}

// environmentFindings are what a check found out, as they go into the status.
type environmentFindings struct {
	generation  int64
	webhookPath string
	receiveOnly bool
	who         *mux.Identity
	// env is the environment as it was last written, if it was.
	env *video.MuxEnvironment
	// registration is what became of the webhook endpoint, and unregistered why that is not what the spec asks for.
	registration *metav1.Condition
	unregistered *blocked
	// next is when to look at the endpoints again; 0 never.
	next time.Duration
	// paused is when the pause ends that Mux asked for; in the past where there is none.
	paused time.Time
}

// check looks at what the environment needs, in the order in which a person would mend it.
func (r *environmentReconciler) check(ctx context.Context, env *video.MuxEnvironment) (environmentFindings, error) {
	found := environmentFindings{
		generation:  env.Generation,
		webhookPath: environment.WebhookPath(env),
		receiveOnly: env.Spec.CredentialsSecretRef == nil,
	}
	if err := cmp.Or(suspended(env), r.selectable(env)); err != nil {
		return found, err
	}
	if !found.receiveOnly {
		who, err := r.identify(ctx, env)
		if err != nil {
			return found, err
		}
		found.who = who
		if err := matches(env, who); err != nil {
			r.clients.forget(client.ObjectKeyFromObject(env)) // the next try asks Mux again: rights may be given meanwhile
			return found, err
		}
	}
	if err := r.registerFor(ctx, env, &found); err != nil {
		return found, err
	}
	return found, r.canVerify(ctx, env, &found)
}

// suspended says that the environment is.
func suspended(env *video.MuxEnvironment) error {
	if env.Spec.Suspend {
		return terminal(video.ReasonSuspended, "spec.suspend is true: nothing is sent to Mux; set it to false to go on")
	}
	return nil
}

// canVerify says what keeps the webhooks from being verified.
func (r *environmentReconciler) canVerify(ctx context.Context, env *video.MuxEnvironment, found *environmentFindings) error {
	secrets, err := environment.SigningSecrets(ctx, env, r.options.Secrets)
	switch {
	case len(secrets) > 0 || (found.registration != nil && found.unregistered == nil):
		return nil // of an endpoint that was made just now the cache need not show the Secret yet
	case err != nil:
		return fromSecret(err)
	case found.unregistered != nil:
		return found.unregistered
	default:
		return terminal(video.ReasonSigningSecretMissing,
			"no signing secret, so webhooks cannot be verified; name a Secret with the endpoint's signing secret in spec.webhook.signingSecretRefs, or set spec.webhook.registration")
	}
}

// registerFor sees to the webhook endpoint. What holds that up is told in its own condition: webhooks may be verified by other
// secrets, and the environment be used.
func (r *environmentReconciler) registerFor(ctx context.Context, env *video.MuxEnvironment, found *environmentFindings) error {
	registered, next, err := r.register(ctx, env, found.who)
	found.env, found.next = registered, next
	if err != nil && !errors.As(err, &found.unregistered) {
		return err
	}
	if found.unregistered == nil {
		found.registration = r.lastLook(env)
	}
	return nil
}

// identify asks Mux who the credentials are, once per credentials.
func (r *environmentReconciler) identify(ctx context.Context, env *video.MuxEnvironment) (*mux.Identity, error) {
	credentials, err := r.clients.credentials(ctx, env)
	if err != nil {
		return nil, fromSecret(err)
	}
	if who, ok := r.clients.identity(env, credentials); ok {
		return who, nil
	}
	muxClient, err := r.clients.client(env, credentials)
	if err != nil {
		return nil, err
	}
	answer, err := muxClient.WhoAmI(ctx)
	if err != nil {
		return nil, fromMux(err, "ask who the access token is")
	}
	r.clients.remember(env, credentials, &answer.Value)
	return &answer.Value, nil
}

// matches guards against credentials without the rights needed, and against those of another Mux environment than the
// one that this MuxEnvironment stood for so far: its objects are not there.
func matches(env *video.MuxEnvironment, who *mux.Identity) error {
	for _, id := range []string{env.Spec.EnvironmentID, env.Status.EnvironmentID} {
		if id != "" && id != who.EnvironmentID {
			return terminal(video.ReasonEnvironmentMismatch,
				"the access token belongs to the Mux environment %s, but this MuxEnvironment stands for %s; use a token of %s, or make another MuxEnvironment",
				who.EnvironmentID, id, id)
		}
	}
	return mayAct(who)
}

// write puts the findings and what ended the check, if anything, into a status.
func (f environmentFindings) write(b *blocked, now metav1.Time) func(*video.MuxEnvironment) error {
	return func(env *video.MuxEnvironment) error {
		status := &env.Status
		status.ObservedGeneration = max(status.ObservedGeneration, f.generation)
		status.WebhookPath = f.webhookPath
		if f.receiveOnly {
			status.EnvironmentID = env.Spec.EnvironmentID
		}
		if f.who != nil && (status.EnvironmentID == "" || status.EnvironmentID == f.who.EnvironmentID) && (b == nil || b.reason == video.ReasonInUse) {
			status.EnvironmentID = f.who.EnvironmentID
			status.EnvironmentName = f.who.EnvironmentName
			status.EnvironmentType = f.who.EnvironmentType
			status.OrganizationID = f.who.OrganizationID
			status.Permissions = f.who.Permissions
		}
		summarizeRegistration(env, f, now)
		summarizePause(env, f.paused, now)
		summarizeEnvironment(env, b, now)
		return nil
	}
}
