// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// GetConditions returns the status's conditions.
func (e *MuxEnvironment) GetConditions() []metav1.Condition { return e.Status.Conditions }

// GetConditions returns the status's conditions.
func (a *MuxAsset) GetConditions() []metav1.Condition { return a.Status.Conditions }

// GetConditions returns the status's conditions.
func (l *MuxLiveStream) GetConditions() []metav1.Condition { return l.Status.Conditions }

// GetConditions returns the status's conditions.
func (u *MuxUpload) GetConditions() []metav1.Condition { return u.Status.Conditions }

// GetFollowedSpec is what every kind that follows an object at Mux has in its spec.
func (a *MuxAsset) GetFollowedSpec() *FollowedSpec { return &a.Spec.FollowedSpec }

// GetFollowedSpec is what every kind that follows an object at Mux has in its spec.
func (l *MuxLiveStream) GetFollowedSpec() *FollowedSpec { return &l.Spec.FollowedSpec }

// GetFollowedSpec is what every kind that follows an object at Mux has in its spec.
func (u *MuxUpload) GetFollowedSpec() *FollowedSpec { return &u.Spec.FollowedSpec }

// GetFollowedStatus is what every kind that follows an object at Mux has in its status.
func (a *MuxAsset) GetFollowedStatus() *FollowedStatus { return &a.Status.FollowedStatus }

// GetFollowedStatus is what every kind that follows an object at Mux has in its status.
func (l *MuxLiveStream) GetFollowedStatus() *FollowedStatus { return &l.Status.FollowedStatus }

// GetFollowedStatus is what every kind that follows an object at Mux has in its status.
func (u *MuxUpload) GetFollowedStatus() *FollowedStatus { return &u.Status.FollowedStatus }

// GetEnvironmentRef names the environment that the asset lives in.
func (a *MuxAsset) GetEnvironmentRef() EnvironmentReference { return a.Spec.EnvironmentRef }

// GetEnvironmentRef names the environment that the live stream lives in.
func (l *MuxLiveStream) GetEnvironmentRef() EnvironmentReference { return l.Spec.EnvironmentRef }

// GetEnvironmentRef names the environment that the upload lives in.
func (u *MuxUpload) GetEnvironmentRef() EnvironmentReference { return u.Spec.EnvironmentRef }

// GetMuxID is the id at Mux: of the status, else of the annotation that outlives it, else of spec.import; "" for none.
func (a *MuxAsset) GetMuxID() string { return first(a.GetMuxIDs()) }

// GetMuxID is the id at Mux: of the status, else of the annotation that outlives it, else of spec.import; "" for none.
func (l *MuxLiveStream) GetMuxID() string { return first(l.GetMuxIDs()) }

// GetMuxID is the id at Mux: of the status, else of the annotation that outlives it, else of spec.import; "" for none.
func (u *MuxUpload) GetMuxID() string { return first(u.GetMuxIDs()) }

// GetMuxIDs are all ids that the object claims, the one in force first.
func (a *MuxAsset) GetMuxIDs() []string {
	return ids(a.Status.ID, a.Annotations, a.Spec.Import)
}

// GetMuxIDs are all ids that the object claims, the one in force first.
func (l *MuxLiveStream) GetMuxIDs() []string {
	return ids(l.Status.ID, l.Annotations, l.Spec.Import)
}

// GetMuxIDs are all ids that the object claims, the one in force first.
func (u *MuxUpload) GetMuxIDs() []string {
	return ids(u.Status.ID, u.Annotations, u.Spec.Import)
}

// GetCreateToken is the token of the intent to create the asset; "" for none.
func (a *MuxAsset) GetCreateToken() string { return token(a.Status.Creation, a.Annotations) }

// GetCreateToken is the token of the intent to create the live stream; "" for none.
func (l *MuxLiveStream) GetCreateToken() string { return token(l.Status.Creation, l.Annotations) }

// GetCreateToken is the token of the intent to create the upload; "" for none.
func (u *MuxUpload) GetCreateToken() string { return token(u.Status.Creation, u.Annotations) }

func ids(status string, annotations map[string]string, imported *ImportSpec) []string {
	all := []string{status, annotations[AnnotationID]}
	if imported != nil {
		all = append(all, imported.ID)
	}
	var distinct []string
	for _, id := range all {
		if id != "" && !slices.Contains(distinct, id) {
			distinct = append(distinct, id)
		}
	}
	return distinct
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func token(creation *CreationStatus, annotations map[string]string) string {
	if creation == nil {
		return annotations[AnnotationCreateToken]
	}
	return cmp.Or(creation.Token, annotations[AnnotationCreateToken])
}

// GetState returns what Mux calls the asset's state, "" while nothing is known of it.
func (a *MuxAsset) GetState() string { return a.Status.State }

// GetState returns what Mux calls the live stream's state, "" while nothing is known of it.
func (l *MuxLiveStream) GetState() string { return l.Status.State }

// GetState returns what Mux calls the upload's state, "" while nothing is known of it.
func (u *MuxUpload) GetState() string { return u.Status.State }
