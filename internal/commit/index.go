// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// Fields of the cache's indexes. A value that only one object has takes 700 bytes. Every value begins with the environment,
// "namespace/name", so that no environment sees the objects of another.
const (
	// FieldID finds objects by Mux id: of the status, of the annotation and of spec.import.
	FieldID = "mux.id"
	// FieldToken finds objects by create token, while they have no id.
	FieldToken = "mux.token"
	// FieldEnvironment finds all objects of an environment.
	FieldEnvironment = "mux.environment"
)

// Followed is a kind that follows an object at Mux.
type Followed interface {
	client.Object
	// GetFollowedSpec and GetFollowedStatus are what all these kinds have.
	GetFollowedSpec() *video.FollowedSpec
	GetFollowedStatus() *video.FollowedStatus
	GetEnvironmentRef() video.EnvironmentReference
	// GetMuxID is the id of the status, else of the annotation, else of spec.import.
	GetMuxID() string
	// GetMuxIDs are all of them, without doubles.
	GetMuxIDs() []string
	// GetCreateToken is the token of the intent to create, "" where there is none.
	GetCreateToken() string
	GetConditions() []metav1.Condition
	// GetState is what Mux calls the state, "" while nothing is known of it.
	GetState() string
}

// RegisterIndexes adds the indexes to a cache before it starts.
func RegisterIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, kind := range []client.Object{&video.MuxAsset{}, &video.MuxLiveStream{}, &video.MuxUpload{}} {
		for field, values := range indexes {
			extract := func(object client.Object) []string {
				followed := object.(Followed)
				prefix := environmentKey(followed).String()
				indexed := values(followed)
				for i := range indexed {
					if indexed[i] == "" {
						indexed[i] = prefix
					} else {
						indexed[i] = prefix + "/" + indexed[i]
					}
				}
				return indexed
			}
			if err := indexer.IndexField(ctx, kind, field, extract); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexes give the values of an object for each field; "" stands for the environment alone.
var indexes = map[string]func(Followed) []string{
	FieldID:          func(o Followed) []string { return slices.Clone(o.GetMuxIDs()) },
	FieldToken:       func(o Followed) []string { return whileWaiting(o, o.GetCreateToken()) },
	FieldEnvironment: func(Followed) []string { return []string{""} },
}

// Waiting says whether an object may get an id from Mux any moment.
func Waiting(o Followed) bool {
	return o.GetMuxID() == "" && o.GetDeletionTimestamp().IsZero() && mayBeCreated(o)
}

// mayBeCreated is false for an object of which nothing was sent to Mux and nothing will be until a person acts. With a token
// something may have been sent, whatever the conditions say; and a verdict on an earlier spec says nothing of this one.
func mayBeCreated(o Followed) bool {
	if o.GetCreateToken() != "" {
		return true
	}
	stalled := meta.FindStatusCondition(o.GetConditions(), video.ConditionStalled)
	return stalled == nil || stalled.Status != metav1.ConditionTrue || stalled.ObservedGeneration < o.GetGeneration()
}

// whileWaiting is the value as long as the object has no id.
func whileWaiting(o Followed, value string) []string {
	if value == "" || o.GetMuxID() != "" {
		return nil
	}
	return []string{value}
}

func environmentKey(o Followed) client.ObjectKey {
	return environment.Key(o.GetEnvironmentRef(), o.GetNamespace())
}

// Find returns the objects of a list's kind whose index field has the value. They are the cache's own: read only.
func Find(ctx context.Context, reader client.Reader, list client.ObjectList, field, value string) ([]Followed, error) {
	if err := reader.List(ctx, list, client.MatchingFields{field: value}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	return Items(list), nil
}

// Items are the objects of a list of one of the kinds that follow.
func Items(list client.ObjectList) []Followed {
	var all []Followed
	_ = meta.EachListItem(list, func(o runtime.Object) error { // it fails for what is no list
		all = append(all, o.(Followed))
		return nil
	})
	return all
}
