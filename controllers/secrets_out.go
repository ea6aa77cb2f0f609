// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// What Mux tells that nobody else may know, such as the URL of an upload, goes into a Secret and nowhere else. The Secret
// belongs to one object, as its controller in the owner references, so that it goes with the object. A Secret of that name
// that is not the object's is never touched: a new one is only created, which fails where there is one, and a change holds
// only for the version that was seen to be the object's. The cache has no content of Secrets, so each look is a read from the
// API server; where the Secret holds what it should, Mux is not asked.

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;patch;delete

// secretKind is a kind of object that has such a Secret.
type secretKind interface {
	// secretName is the Secret that the object asks for; "" for none.
	secretName(o commit.Followed) string
	// secretKeys are the keys that it must have. An answer of Mux has them in told.secrets.
	secretKeys() []string
	// secretHeld says whether there is anything for it to hold; where there is not, the Secret is deleted.
	secretHeld(o commit.Followed) bool
	// secretLabels say what the Secret is for.
	secretLabels(o commit.Followed) map[string]string
	// secretTold brings into a status what became of the Secret, by set or otherwise; b is why it does not hold what it should, nil
	// where it does.
	secretTold(o commit.Followed, b *blocked, set setCondition)
}

// changingSecret is a secretKind whose Secret may have to change although nothing is missing in it.
type changingSecret interface {
	// staleSince is when something told that what Mux has may be another than the Secret holds; zero for never.
	staleSince(o commit.Followed) time.Time
}

// setCondition sets a condition of the object at hand, for the generation that the reconcile acts on.
type setCondition func(kind string, status metav1.ConditionStatus, reason, message string)

// publishSecrets makes the object's Secret hold what it is to hold, and deletes those that it has no more use for.
func (r *follower) publishSecrets(ctx context.Context, s *scope) error {
	k, ok := r.kind.(secretKind)
	if !ok || s.status().ID == "" {
		return nil
	}
	err := r.fillSecret(ctx, s, k)
	if err == nil {
		err = r.removeSecrets(ctx, s.object, wantedSecret(k, s.object))
	}
	var b *blocked
	if err == nil || errors.As(err, &b) {
		if err == nil && s.secretLater {
			b = &blocked{reason: video.ReasonPending, message: "the Secret " + k.secretName(s.object) + " is written in a few seconds, when Mux's answer is certainly newer than its event"}
		}
		r.tellSecret(s, k, b)
	}
	return err
}

// tellSecret brings into the status what became of the Secret. Where an event that was written meanwhile tells of what the Secret is
// to hold, and this reconcile has not seen it, that is told by the next one, which the event starts.
func (r *follower) tellSecret(s *scope, k secretKind, b *blocked) {
	now, wanted := metav1.NewTime(r.options.Clock()), wantedSecret(k, s.object)
	s.find(func(o commit.Followed) {
		if wanted == "" && wantedSecret(k, o) != "" {
			return
		}
		conditions := &o.GetFollowedStatus().Conditions
		k.secretTold(o, b, func(kind string, status metav1.ConditionStatus, reason, message string) {
			projection.SetCondition(conditions, s.generation, now, kind, status, reason, message)
		})
	})
}

// wantedSecret is the Secret that there is to be now; "" for none.
func wantedSecret(k secretKind, o commit.Followed) string {
	if !k.secretHeld(o) {
		return ""
	}
	return k.secretName(o)
}

// secretRetry is when Mux is asked again that did not tell what the Secret is to hold.
const secretRetry = unwatchedRetry

// fillSecret takes the content from the answers of this reconcile; where there was none and the Secret lacks it, from one GET.
func (r *follower) fillSecret(ctx context.Context, s *scope, k secretKind) error {
	name := wantedSecret(k, s.object)
	if name == "" {
		return nil
	}
	have, err := r.ownSecret(ctx, s.object, name)
	if err != nil {
		return err
	}
	if s.secrets == nil {
		held := holds(have, s.status().ID, k.secretKeys())
		due := s.secretStale(r.kind, readingOf(have)) && s.envProblem == nil && !s.spec().Suspend
		if held && !due {
			return nil
		}
		if due && r.settlesLater(s) {
			s.secretLater = !held
			return nil
		}
		if err := r.read(ctx, s); err != nil {
			return err
		}
		if wantedSecret(k, s.object) == "" { // the answer told of the end
			return nil
		}
	}
	if s.secrets == nil {
		return waiting(video.ReasonPending, secretRetry, "Mux does not tell what the Secret %s is to hold; it is asked again", name)
	}
	if err := r.writeSecret(ctx, s, k, name, have); err != nil {
		return err
	}
	if s.secretStale(r.kind, s.secretsFrom) { // the answer may have been given before what it was asked for
		s.lookAgain(secretSettles)
	}
	return nil
}

// secretSettles is how long after a change the answer to a GET is certainly of a time after it: as much as it is dated back, and
// the same slack as errorSlack.
const secretSettles = mux.GetMargin + errorSlack

// secretStale says whether something told of a change after a reading.
func (s *scope) secretStale(k kind, reading video.Stamp) bool {
	c, ok := k.(changingSecret)
	return ok && c.staleSince(s.object).After(projection.StampTime(reading))
}

// readingOf is the stamp of the answer that a Secret is from; "" where there is none.
func readingOf(secret *corev1.Secret) video.Stamp {
	if secret == nil {
		return ""
	}
	return video.Stamp(secret.Annotations[video.AnnotationReading])
}

// settlesLater says whether the answer to a GET might be of a time before what it is to tell; then it asks for a look when it is
// not. So what has changed costs one GET.
func (r *follower) settlesLater(s *scope) bool {
	due := r.kind.(changingSecret).staleSince(s.object).Add(secretSettles)
	wait := due.Sub(r.options.Clock())
	if wait > 0 {
		s.lookAgain(wait)
	}
	return wait > 0
}

// ownSecret reads the Secret; nil where there is none, an error where it is not the object's.
func (r *follower) ownSecret(ctx context.Context, o commit.Followed, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	err := r.client.Get(ctx, client.ObjectKey{Namespace: o.GetNamespace(), Name: name}, secret)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !metav1.IsControlledBy(secret, o):
		return nil, notOwned(name)
	}
	return secret, nil
}

// secretIsFree says, by the cache, whether the name can be taken: nothing is made at Mux that could then not be told.
func (r *follower) secretIsFree(ctx context.Context, o commit.Followed, name string) error {
	secret := secretMetadata()
	err := r.options.Secrets.Metadata.Get(ctx, client.ObjectKey{Namespace: o.GetNamespace(), Name: name}, secret)
	if err == nil && !metav1.IsControlledBy(secret, o) {
		return notOwned(name)
	}
	return client.IgnoreNotFound(err)
}

func notOwned(name string) error {
	return terminal(video.ReasonSecretNotOwned,
		"the Secret %s exists and is not this object's, so it is left as it is; name another one in the spec, or delete it", name)
}

// holds says whether a Secret has the values of the object at Mux with the id.
func holds(secret *corev1.Secret, id string, keys []string) bool {
	return secret != nil && secret.Annotations[video.AnnotationID] == id &&
		!slices.ContainsFunc(keys, func(key string) bool { return len(secret.Data[key]) == 0 })
}

// writeSecret writes what the newest answer told. have is the Secret as it was read, nil where there is none.
func (r *follower) writeSecret(ctx context.Context, s *scope, k secretKind, name string, have *corev1.Secret) error {
	if have == nil {
		gvk, err := apiutil.GVKForObject(s.object, r.client.Scheme())
		if err != nil {
			return err
		}
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: s.object.GetNamespace(), Name: name, OwnerReferences: ownedBy(s.object, gvk),
		}, Type: corev1.SecretTypeOpaque}
		s.fill(secret, k.secretLabels(s.object))
		if err := r.client.Create(ctx, secret); err != nil {
			return secretRefused(name, err, s.secrets)
		}
		ctrl.LoggerFrom(ctx).Info("wrote the Secret", "secret", name)
		return nil
	}
	if holds(have, s.status().ID, k.secretKeys()) && !s.tellsOtherThan(have) && !s.settles(r.kind, have) {
		return nil
	}
	secret := have.DeepCopy()
	s.fill(secret, k.secretLabels(s.object))
	if err := r.client.Patch(ctx, secret, locked(have)); err != nil {
		return secretRefused(name, err, s.secrets)
	}
	ctrl.LoggerFrom(ctx).Info("changed the Secret", "secret", name)
	return nil
}

// settles says whether the newest answer ends a doubt about what a Secret holds, though it tells the same.
func (s *scope) settles(k kind, have *corev1.Secret) bool {
	reading := readingOf(have)
	return s.secretStale(k, reading) && projection.StampTime(s.secretsFrom).After(projection.StampTime(reading))
}

// readingSlack is by how much a later answer may have the earlier stamp: Mux's Date has whole seconds.
const readingSlack = time.Second

// tellsOtherThan says whether the newest answer tells anything else than a Secret holds, and was not given before what it holds.
func (s *scope) tellsOtherThan(have *corev1.Secret) bool {
	filled := have.DeepCopy()
	s.fill(filled, nil)
	held := projection.StampTime(readingOf(have))
	return !equality.Semantic.DeepEqual(filled.Data, have.Data) && !projection.StampTime(s.secretsFrom).Before(held.Add(-readingSlack))
}

// fill puts the values into a Secret, with what they are of and where they came from. Other keys are left alone.
func (s *scope) fill(secret *corev1.Secret, labels map[string]string) {
	set := func(m *map[string]string, key, value string) {
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[key] = value
	}
	for key, value := range labels {
		set(&secret.Labels, key, value)
	}
	set(&secret.Annotations, video.AnnotationID, s.status().ID)
	set(&secret.Annotations, video.AnnotationReading, string(s.secretsFrom))
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for key, value := range s.secrets {
		secret.Data[key] = []byte(value.Reveal())
	}
}

// secretRefused says what a failed write of a Secret means. What the API server, or an admission webhook, repeats of the values
// is taken out.
func secretRefused(name string, err error, values map[string]mux.Secret) error {
	if apierrors.IsAlreadyExists(err) || staleOr(err) == errStale {
		return errStale
	}
	text := withoutValues(err.Error(), values)
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) {
		return waiting(video.ReasonSecretRefused, unwatchedRetry, "the API server does not let the operator write the Secret %s: %s", name, text)
	}
	return fmt.Errorf("write the Secret %s: %s", name, text)
}

// ownedBy makes an object the controller of what it is an owner of, without blockOwnerDeletion, which would take a right on the
// owner's finalizers.
func ownedBy(owner client.Object, gvk schema.GroupVersionKind) []metav1.OwnerReference {
	return []metav1.OwnerReference{{
		APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind, Name: owner.GetName(), UID: owner.GetUID(), Controller: new(true),
	}}
}

// withoutValues removes values from a text, in the clear and as the API server writes them.
func withoutValues(text string, values map[string]mux.Secret) string {
	for _, value := range values {
		for _, form := range []string{value.Reveal(), base64.StdEncoding.EncodeToString([]byte(value.Reveal()))} {
			if form != "" {
				text = strings.ReplaceAll(text, form, value.String())
			}
		}
	}
	return text
}

// removeSecrets deletes the object's Secrets but the one to keep: of an object that needs none any more, or of another name
// that its spec had before.
func (r *follower) removeSecrets(ctx context.Context, o commit.Followed, keep string) error {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	owned := client.MatchingFields{fieldSecretOwner: string(o.GetUID())}
	if err := r.options.Secrets.Metadata.List(ctx, list, client.InNamespace(o.GetNamespace()), owned, listAll); err != nil {
		return err
	}
	for i := range list.Items {
		secret := &list.Items[i]
		if secret.Name == keep {
			continue
		}
		err := r.client.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: secret.Namespace, Name: secret.Name}},
			client.Preconditions{UID: &secret.UID})
		if err != nil && staleOr(err) != errStale { // another of the name, or none, is what is wanted
			return err
		}
		ctrl.LoggerFrom(ctx).Info("deleted the Secret, which is of no use any more", "secret", secret.Name)
	}
	return nil
}

// fieldSecretOwner finds Secrets by the UID of the object that they belong to.
const fieldSecretOwner = "mux.owner"

// indexSecrets adds that index to a cache of metadata before it starts.
func indexSecrets(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, secretMetadata(), fieldSecretOwner, ownerOfSecret)
}

func ownerOfSecret(secret client.Object) []string {
	owner := metav1.GetControllerOf(secret)
	if owner == nil || !strings.HasPrefix(owner.APIVersion, video.GroupVersion.Group+"/") {
		return nil
	}
	return []string{string(owner.UID)}
}

// secretMetadata asks for Secrets without their content.
func secretMetadata() *metav1.PartialObjectMetadata {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return secret
}

// publishesTo says whether a Secret matters to an object that writes one: it is the object's, or has the name that it asks for.
func publishesTo(k kind, o commit.Followed, secret client.Object) bool {
	publisher, ok := k.(secretKind)
	return ok && (metav1.IsControlledBy(secret, o) || publisher.secretName(o) == secret.GetName())
}
