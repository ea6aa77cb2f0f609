// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// The repair sweep reads what webhooks may have failed to tell: the objects that have not settled, and once a day the others, by
// whichever takes fewer calls: one GET each, or LIST pages back to the oldest.

// sweepReconciler sweeps environments. It works beside the check of the environments, which must not wait for it: a sweep
// takes as long as the budget that is left over lets it.
type sweepReconciler struct {
	client  client.Client
	options Options
	clients *clients
	// rejected is told of an environment whose credentials Mux has just rejected.
	rejected func(*video.MuxEnvironment)
	// swept is told of an environment that has been swept.
	swept func(*video.MuxEnvironment)
	// found counts objects by kind and what was found of them.
	found *prometheus.CounterVec
}

// sweepWorkers is how many environments are swept at once; each has a budget of its own at Mux.
const sweepWorkers = 4

func (r *sweepReconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("sweep").
		For(&video.MuxEnvironment{}, builder.WithPredicates(environmentChanged())).
		WithOptions(controller.Options{MaxConcurrentReconciles: sweepWorkers}).
		Complete(r)
}

// Reconcile sweeps an environment that is ready, when it is time. One that is not comes back when it is.
func (r *sweepReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	env := &video.MuxEnvironment{}
	if err := r.client.Get(ctx, request.NamespacedName, env); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	interval := resyncInterval(env)
	if interval == 0 || environmentProblem(env) != nil {
		return ctrl.Result{}, nil
	}
	next, err := r.sweep(ctx, env, interval)
	var b *blocked
	if errors.As(err, &b) {
		if isRejection(b.reason) {
			r.rejected(env)
		}
		next, err = max(b.after, min(interval, sweepRetry)), nil
		ctrl.LoggerFrom(ctx).Info("the sweep ended early", "reason", b.Error(), "again", next.String())
	}
	if errors.Is(err, errDone) {
		return ctrl.Result{}, nil
	}
	return requeue(err, next)
}

// sweepRetry is when a sweep that ended early begins anew. It has read some objects and has cost calls.
const sweepRetry = 5 * time.Minute

// sweep runs when the interval has passed and returns when it wants to run next.
func (r *sweepReconciler) sweep(ctx context.Context, env *video.MuxEnvironment, interval time.Duration) (time.Duration, error) {
	now := r.options.Clock()
	if wait := untilDue(env.Status.LastSweepTime, env.CreationTimestamp, interval, now); wait > 0 {
		return jittered(wait, interval), nil
	}
	settledToo := untilDue(env.Status.LastSettledSweepTime, env.CreationTimestamp, settledInterval(env), now) <= 0
	found := 0
	for _, k := range kinds {
		read, err := r.sweepKind(mux.WithPriority(ctx, mux.Background), k, env, settledToo)
		if err != nil {
			return 0, err
		}
		found += read
	}
	missed, err := r.missedWebhooks(ctx, env, now)
	if err != nil {
		return 0, err
	}
	ctrl.LoggerFrom(ctx).Info("swept the environment", "read", found, "settledToo", settledToo, "missedWebhooks", missed)
	_, _, err = commit.StatusOf(ctx, r.options.Committer, env, swept(now, settledToo, missed))
	if r.swept != nil {
		r.swept(env)
	}
	return jittered(interval, interval), staleOr(err)
}

func resyncInterval(env *video.MuxEnvironment) time.Duration {
	if env.Spec.Resync == nil || env.Spec.Resync.Interval == nil {
		return video.DefaultResyncInterval
	}
	return env.Spec.Resync.Interval.Duration
}

func settledInterval(env *video.MuxEnvironment) time.Duration {
	if env.Spec.Resync == nil || env.Spec.Resync.SettledInterval == nil {
		return video.DefaultSettledResyncInterval
	}
	return env.Spec.Resync.SettledInterval.Duration
}

// untilDue is how long it is until interval after last; an environment that was never swept counts from its creation.
func untilDue(last *metav1.Time, created metav1.Time, interval time.Duration, now time.Time) time.Duration {
	from := created.Time
	if last != nil {
		from = last.Time
	}
	return from.Add(interval).Sub(now)
}

// jittered adds up to a tenth of the interval, never takes any off, so that environments that began together drift apart.
func jittered(wait, interval time.Duration) time.Duration {
	return wait + rand.N(interval/10+1)
}

// swept records a sweep.
func swept(now time.Time, settledToo bool, missed int32) func(*video.MuxEnvironment) error {
	return func(env *video.MuxEnvironment) error {
		status, at := &env.Status, metav1.NewTime(now)
		status.LastSweepTime = &at
		if settledToo {
			status.LastSettledSweepTime = &at
		}
		status.MissedWebhooks = missed
		summarizeWebhookHealth(status, at)
		return nil
	}
}

// sweepKind reads what is due of one kind and returns how many objects that were.
func (r *sweepReconciler) sweepKind(ctx context.Context, k kind, env *video.MuxEnvironment, settledToo bool) (int, error) {
	list := k.newList()
	if err := r.client.List(ctx, list, client.MatchingFields{commit.FieldEnvironment: client.ObjectKeyFromObject(env).String()}, listAll); err != nil {
		return 0, err
	}
	all, due := commit.Items(list), map[string]commit.Followed{}
	for _, o := range all {
		if sweepable(k, o) && (settledToo || unsettled(k, o)) {
			due[o.GetFollowedStatus().ID] = o
		}
	}
	if len(due) == 0 {
		return 0, nil
	}
	muxClient, err := r.clients.forObjects(ctx, env)
	if err != nil {
		return 0, err
	}
	s := &objectSweep{reconciler: r, kind: k, env: env, client: muxClient, due: due}
	if err := s.run(ctx, all); err != nil {
		return 0, fromMux(err, "sweep the environment")
	}
	return s.read, nil
}

// sweepable is true for an object that Mux can be asked about and that has not ended for good. A 404 is no such end.
func sweepable(k kind, o commit.Followed) bool {
	return o.GetFollowedStatus().ID != "" && !k.ended(o) && o.GetDeletionTimestamp().IsZero() && !o.GetFollowedSpec().Suspend
}

// unsettled is true for an object of which webhooks are awaited.
func unsettled(k kind, o commit.Followed) bool {
	return k.awaited(o) || meta.IsStatusConditionTrue(o.GetConditions(), video.ConditionReconciling)
}

// missedAfter is how old a change must be before a webhook for it counts as missed: Mux's first redeliveries come within
// minutes. missedFor is how long it is held against the webhooks.
const (
	missedAfter = 5 * time.Minute
	missedFor   = 24 * time.Hour
)

// missedWebhooks counts the assets of which a REST answer told a state that a webhook should have told and still has not.
func (r *sweepReconciler) missedWebhooks(ctx context.Context, env *video.MuxEnvironment, now time.Time) (int32, error) {
	var list video.MuxAssetList
	key := client.ObjectKeyFromObject(env)
	if err := r.client.List(ctx, &list, client.MatchingFields{commit.FieldEnvironment: key.String()}, listAll); err != nil {
		return 0, err
	}
	var missed int32
	for i := range list.Items {
		if missedWebhook(&list.Items[i].Status, now) {
			missed++
		}
	}
	return missed, nil
}

// missedWebhook says whether the newest that is known of the asset, and its state, came from reading and not from an
// event. The answer that gave the asset its id does not count: nobody was told of an asset that nobody knew.
func missedWebhook(status *video.MuxAssetStatus, now time.Time) bool {
	stamps := status.Stamps
	if stamps == nil || !byReading(stamps.State) || !byReading(stamps.Snapshot) {
		return false
	}
	if status.Identified != nil && stamps.State == status.Identified.Stamp {
		return false
	}
	age := now.Sub(projection.StampTime(stamps.State))
	return age > missedAfter && age < missedFor
}

func byReading(stamp video.Stamp) bool {
	source := projection.StampSource(stamp)
	return source == projection.SourceGet || source == projection.SourceList
}

func byOurChange(stamp video.Stamp) bool {
	return projection.StampSource(stamp) == projection.SourceWrite
}

// summarizeWebhookHealth sets WebhookHealthy from the count of the last sweep.
func summarizeWebhookHealth(status *video.MuxEnvironmentStatus, now metav1.Time) {
	set := func(value metav1.ConditionStatus, reason, message string) {
		projection.SetCondition(&status.Conditions, status.ObservedGeneration, now, video.ConditionWebhookHealthy, value, reason, message)
	}
	if status.MissedWebhooks == 0 {
		set(metav1.ConditionTrue, video.ReasonDelivered, "the last sweep found nothing that a webhook should have told")
		return
	}
	set(metav1.ConditionFalse, video.ReasonWebhooksMissed, missedMessage(status))
}
