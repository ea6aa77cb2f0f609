// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// annotationFile says of which file a MuxUpload is, so that another is not sent on into the middle of it.
const annotationFile = "cli.video.mux.com/file"

// upload brings one file to Mux and waits for its asset.
func (u *uploadCommand) upload(ctx context.Context, s source, line *fileProgress) (*uploaded, error) {
	key := client.ObjectKey{Namespace: u.namespace, Name: s.object}
	line.enter("making the MuxUpload %s", s.object)
	upload, begun, err := u.ensure(ctx, s, line)
	if err != nil {
		return nil, err
	}
	if upload.Status.AssetID == "" {
		if err := u.deliver(ctx, s, key, begun, line); err != nil {
			return nil, err
		}
	}
	result := &uploaded{File: s.path, Upload: s.object}
	if u.uploadOnly {
		line.end("uploaded")
		return result, nil
	}
	return result, u.awaitAsset(ctx, key, result, line)
}

// ensure makes the MuxUpload, or finds the one that an earlier run has made of the same file; begun says that it did.
func (u *uploadCommand) ensure(ctx context.Context, s source, line *fileProgress) (upload *video.MuxUpload, begun bool, err error) {
	upload = u.object(s)
	// Strict: a CRD that is older than this plugin would drop the settings that it does not know.
	err = u.Create(ctx, upload, client.FieldValidation(metav1.FieldValidationStrict))
	if !apierrors.IsAlreadyExists(err) {
		return upload, false, err
	}
	found := &video.MuxUpload{}
	if err := u.Get(ctx, client.ObjectKeyFromObject(upload), found); err != nil {
		return nil, false, err
	}
	switch of := found.Annotations[annotationFile]; {
	case of == "":
		return nil, false, fmt.Errorf("a MuxUpload %s exists, and was not made by this command; choose another --name", s.object)
	case of != upload.Annotations[annotationFile]:
		return nil, false, fmt.Errorf("the MuxUpload %s is of another file (%s); choose another --name, or delete it", s.object, of)
	case !found.DeletionTimestamp.IsZero():
		return nil, false, fmt.Errorf("the MuxUpload %s is being deleted; try again in a moment", s.object)
	case found.Spec.EnvironmentRef != u.environmentRef:
		return nil, false, fmt.Errorf("the MuxUpload %s is for another MuxEnvironment; choose another --name, or delete it", s.object)
	}
	if !equality.Semantic.DeepEqual(found.Spec.NewAssetSettings, upload.Spec.NewAssetSettings) || u.test != (found.Spec.Test != nil && *found.Spec.Test) {
		line.say("muxupload/%s has other settings than these flags say, and keeps them", s.object)
	}
	return found, true, nil
}

// object is the MuxUpload of a file.
func (u *uploadCommand) object(s source) *video.MuxUpload {
	upload := &video.MuxUpload{
		ObjectMeta: metav1.ObjectMeta{Namespace: u.namespace, Name: s.object, Annotations: map[string]string{
			annotationFile: fmt.Sprintf("%s, %d bytes, of %s", s.base, s.size, s.modified.UTC().Format(time.RFC3339)),
		}},
		Spec: video.MuxUploadSpec{
			FollowedSpec:     video.FollowedSpec{EnvironmentRef: u.environmentRef},
			CORSOrigin:       u.corsOrigin,
			TimeoutSeconds:   new(int32(u.validFor / time.Second)),
			NewAssetSettings: u.settings(),
		},
	}
	if u.test {
		upload.Spec.Test = &u.test
	}
	return upload
}

func (u *uploadCommand) settings() *video.AssetSettings {
	settings := &video.AssetSettings{VideoQuality: u.quality, MaxResolutionTier: u.tier}
	for _, policy := range u.policies {
		if policy != "none" {
			settings.PlaybackPolicies = append(settings.PlaybackPolicies, video.PlaybackPolicy{Policy: policy})
		}
	}
	for _, resolution := range u.renditions {
		settings.StaticRenditions = append(settings.StaticRenditions, video.StaticRendition{Resolution: resolution})
	}
	if u.title != "" {
		settings.Meta = &video.AssetMeta{Title: &u.title}
	}
	if u.passthrough != "" {
		settings.Passthrough = &u.passthrough
	}
	if u.normalizeAudio {
		settings.NormalizeAudio = &u.normalizeAudio
	}
	return settings
}

// deliver sends the file, unless Mux turns out to have it.
func (u *uploadCommand) deliver(ctx context.Context, s source, key client.ObjectKey, begun bool, line *fileProgress) error {
	line.enter("waiting for the upload URL of muxupload/%s", s.object)
	upload, err := u.awaitURL(ctx, key)
	if err != nil || upload.Status.AssetID != "" {
		return err
	}
	url, err := u.url(ctx, upload)
	if err != nil {
		return err
	}
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer file.Close()
	sender := &sender{
		http: u.http, url: url, file: file, size: s.size, chunk: u.chunk, pause: u.pauseAfterFirstFailure,
		check: func() error { return s.unchanged(file) },
	}
	line.tell(sender)
	if !begun {
		sender.at(0, true)
	}
	err = sender.send(ctx, begun)
	var refused *refusedError
	if errors.As(err, &refused) {
		err = fmt.Errorf("%w; `kubectl -n %s delete muxupload %s`, and the same command line begins anew", err, u.namespace, s.object)
	}
	return err
}

// tell has a sender tell on the line how it goes.
func (f *fileProgress) tell(s *sender) {
	first, cutOff := true, false
	s.at = func(offset int64, settled bool) {
		if first {
			first = false
			f.send(offset)
		}
		if settled && cutOff {
			cutOff = false
			f.say("Mux has %s; going on from there", sizeOf(offset))
		}
		f.at(offset, settled)
	}
	s.failed = func(err error, in time.Duration) {
		cutOff = true
		f.say("cut off (%v); asking Mux in %s how much it has", err, in.Round(time.Second))
	}
}

// unchanged is an error where a file is not any more what the upload was begun with: Mux would make an asset of two halves that do
// not belong together.
func (s source) unchanged(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() < s.size:
		return errShorter
	case info.Size() != s.size || !info.ModTime().Equal(s.modified):
		return errChanged
	}
	return nil
}

// awaitURL waits until the Secret has the URL, or Mux the file.
func (u *uploadCommand) awaitURL(ctx context.Context, key client.ObjectKey) (upload *video.MuxUpload, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, u.timeout, fmt.Errorf("there is no upload URL after %s: is the operator running? See kubectl describe muxupload %s", u.timeout, key.Name))
	defer cancel()
	waiting := u.follower("MuxUpload", key, func(o object) (bool, error) {
		upload = o.(*video.MuxUpload)
		if meta.IsStatusConditionTrue(upload.Status.Conditions, video.ConditionURLReady) || upload.Status.AssetID != "" {
			return true, nil
		}
		return false, stalled(upload)
	})
	err = waiting.follow(ctx)
	return upload, err
}

// follower follows an object of the upload, for which the API server has answered already.
func (u *uploadCommand) follower(kindName string, key client.ObjectKey, show func(object) (bool, error)) *follower {
	return &follower{WithWatch: u, kind: kindNamed(kindName), key: key, show: show, patient: true}
}

// stalled is why nothing more will happen without a person; nil where it may.
func stalled(o object) error {
	c := meta.FindStatusCondition(o.GetConditions(), video.ConditionStalled)
	if c == nil || c.Status != metav1.ConditionTrue {
		return nil
	}
	return fmt.Errorf("%s (%s)", c.Message, c.Reason)
}

// url reads the upload URL from its Secret.
func (u *uploadCommand) url(ctx context.Context, upload *video.MuxUpload) (mux.Secret, error) {
	name := projection.SuffixedName(upload.Name, "-upload-url")
	if upload.Spec.UploadURLSecret != nil {
		name = upload.Spec.UploadURLSecret.Name
	}
	secret := &corev1.Secret{}
	if err := u.Get(ctx, client.ObjectKey{Namespace: upload.Namespace, Name: name}, secret); err != nil {
		return "", fmt.Errorf("read the upload URL: %w", err)
	}
	if secret.Annotations[video.AnnotationID] != upload.Status.ID || len(secret.Data["url"]) == 0 {
		return "", fmt.Errorf("the Secret %s has no URL of this upload; try again in a moment", name)
	}
	return mux.Secret(secret.Data["url"]), nil
}

// awaitAsset waits for the MuxAsset of the file, and until it is Ready.
func (u *uploadCommand) awaitAsset(ctx context.Context, key client.ObjectKey, result *uploaded, line *fileProgress) error {
	line.enter("uploaded, waiting for the asset")
	ctx, cancel := context.WithTimeoutCause(ctx, u.timeout, fmt.Errorf("the file is at Mux, and its asset is not Ready after %s; the same command line waits on", u.timeout))
	defer cancel()
	named := u.follower("MuxUpload", key, func(o object) (bool, error) {
		upload := o.(*video.MuxUpload)
		if upload.Status.AssetRef != nil {
			result.Asset, result.AssetID = upload.Status.AssetRef.Name, upload.Status.AssetID
			return true, nil
		}
		return false, stalled(upload)
	})
	if err := named.follow(ctx); err != nil {
		return err
	}
	line.enter("Mux prepares muxasset/%s", result.Asset)
	// The name is known before the first webhook of the asset makes the object.
	ready := u.follower("MuxAsset", client.ObjectKey{Namespace: key.Namespace, Name: result.Asset}, func(o object) (bool, error) {
		asset := o.(*video.MuxAsset)
		result.Playback = playbackOf(asset.Status.PlaybackIDs)
		if meta.IsStatusConditionTrue(asset.Status.Conditions, video.ConditionReady) {
			return true, nil
		}
		return false, stalled(asset)
	})
	ready.comes = true
	if err := ready.follow(ctx); err != nil {
		return err
	}
	line.end("ready: muxasset/%s", result.Asset)
	return nil
}
