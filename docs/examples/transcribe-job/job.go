// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/hex"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// kept is how long an ended Job is kept, in seconds: a day, to read its log. The annotation of the MuxAsset is kept for good.
const kept int32 = 24 * 60 * 60

// newJob is the Job for a video. It belongs to the MuxAsset, and goes with it.
func newJob(asset *video.MuxAsset, image string, scheme *runtime.Scheme) (*batchv1.Job, error) {
	ttl := kept
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: asset.Namespace, Name: jobName(asset)},
		Spec: batchv1.JobSpec{
			TTLSecondsAfterFinished: &ttl,
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers: []corev1.Container{{
					Name:  "transcribe",
					Image: image,
					Env: []corev1.EnvVar{
						{Name: "MUX_ASSET", Value: asset.Name},
						{Name: "MUX_ASSET_ID", Value: asset.GetMuxID()},
						// Empty where the video has no public playback id: then sign a URL for one of the others.
						{Name: "PLAYBACK_URL", Value: asset.PlaybackURL()},
					},
				}},
			}},
		},
	}
	// Without blocking the owner's deletion: that would take rights over the finalizers of MuxAssets in some clusters.
	err := controllerutil.SetControllerReference(asset, job, scheme, controllerutil.WithBlockOwnerDeletion(false))
	return job, err
}

// jobName follows from the id at Mux, which survives backups and moves to another cluster, as the UID of a MuxAsset does not.
// Ids at Mux are case-sensitive and names of objects are not, hence the hash; 64 bits of it are far more than a namespace needs.
func jobName(asset *video.MuxAsset) string {
	sum := sha256.Sum256([]byte(asset.GetMuxID()))
	return "transcribe-" + hex.EncodeToString(sum[:8])
}
