// SPDX-License-Identifier: Apache-2.0

package install

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// lives are what can become of an object. Each plays in a namespace of its own, with a Mux of its own; want is what kstatus says of the
// objects that it names, version after version, repetitions left out.
var lives = map[string]struct {
	play func(*scene)
	want map[string]string
}{
	"an asset that is made, changed, changed so that Mux refuses it, mended and deleted": {
		play: func(s *scene) {
			asset := s.asset("it", "https://example.com/a.mp4")
			s.becomes(asset, status.CurrentStatus)
			s.change(asset, func() { asset.Spec.Meta = &video.AssetMeta{Title: new("a title")} })
			s.becomes(asset, status.CurrentStatus)
			s.sim.SetFaults(muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Method: "PATCH", Times: 3}}})
			s.change(asset, func() { asset.Spec.Meta.Title = new("another title") })
			s.becomes(asset, status.CurrentStatus)
			s.change(asset, func() {
				asset.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: "https://example.com/sim-error.vtt"}}
			})
			s.becomes(asset, status.FailedStatus)
			s.change(asset, func() { asset.Spec.TextTracks = nil })
			s.becomes(asset, status.CurrentStatus)
			s.delete(asset)
		},
		want: map[string]string{"MuxAsset/it": "InProgress Current InProgress Current InProgress Current InProgress Failed InProgress Current Terminating"},
	},
	"an asset whose file is no video": {
		play: func(s *scene) {
			asset := s.asset("it", "https://example.com/sim-error.mp4")
			s.becomes(asset, status.FailedStatus)
			s.delete(asset)
		},
		want: map[string]string{"MuxAsset/it": "InProgress Failed Terminating"},
	},
	"an asset that comes before its environment, and of whose create no answer comes": {
		play: func(s *scene) {
			asset := s.asset("it", "https://example.com/a.mp4", func(a *video.MuxAsset) { a.Spec.EnvironmentRef.Name = "later" })
			s.says(asset, video.ConditionReady, video.ReasonEnvironmentNotFound)
			s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Times: 1}}})
			s.environment("later")
			s.becomes(asset, status.CurrentStatus)
			s.delete(asset)
		},
		want: map[string]string{"MuxAsset/it": "InProgress Current Terminating", "MuxEnvironment/later": "InProgress Current"},
	},
	"an asset that somebody deletes at Mux": {
		play: func(s *scene) {
			asset := s.asset("it", "https://example.com/a.mp4")
			s.becomes(asset, status.CurrentStatus)
			s.sim.DeleteAssetAsUser(s.namespace, asset.Status.ID)
			s.becomes(asset, status.FailedStatus)
			s.delete(asset)
		},
		want: map[string]string{"MuxAsset/it": "InProgress Current Failed Terminating"},
	},
	"a live stream with a broadcast, during which it is changed": {
		play: func(s *scene) {
			stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "it"}}
			stream.Spec.EnvironmentRef.Name = "default"
			stream.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
			stream.Spec.Recordings = &video.RecordingsSpec{}
			s.create(stream)
			s.becomes(stream, status.CurrentStatus)
			s.try(s.sim.ConnectEncoder(stream.Status.ID))
			s.says(stream, video.ConditionActive, video.ReasonBroadcasting)
			s.only(video.OriginRecording, status.CurrentStatus)
			s.change(stream, func() { stream.Spec.LatencyMode = "low" })
			s.says(stream, video.ConditionSynced, video.ReasonWaitingForIdle)
			s.try(s.sim.DisconnectEncoder(stream.Status.ID))
			s.becomes(stream, status.CurrentStatus)
			s.delete(stream)
		},
		want: map[string]string{"MuxLiveStream/it": "InProgress Current InProgress Current Terminating", "MuxAsset/": "InProgress Current"},
	},
	"an upload whose file comes": {
		play: func(s *scene) {
			upload := s.upload()
			s.says(upload, video.ConditionURLReady, video.ReasonURLPublished)
			_, err := s.sim.FinishUpload(upload.Status.ID)
			s.try(err)
			s.becomes(upload, status.CurrentStatus)
			s.only(video.OriginUpload, status.CurrentStatus)
			s.delete(upload)
		},
		want: map[string]string{"MuxUpload/it": "InProgress Current Terminating", "MuxAsset/": "InProgress Current"},
	},
	"an upload that somebody cancels at Mux": {
		play: func(s *scene) {
			upload := s.upload()
			s.says(upload, video.ConditionURLReady, video.ReasonURLPublished)
			_, err := s.dashboard().CancelUpload(s.t.Context(), upload.Status.ID)
			s.try(err)
			s.becomes(upload, status.FailedStatus)
			s.delete(upload)
		},
		want: map[string]string{"MuxUpload/it": "InProgress Failed Terminating"},
	},
	"an environment whose token is revoked and replaced, and that is deleted while it is used": {
		play: func(s *scene) {
			asset := s.asset("it", "https://example.com/a.mp4")
			s.becomes(asset, status.CurrentStatus)
			s.secret(func(secret *corev1.Secret) { secret.Data["MUX_TOKEN_SECRET"] = []byte("revoked") })
			s.becomes(s.env, status.FailedStatus)
			s.secret(func(secret *corev1.Secret) { secret.Data["MUX_TOKEN_SECRET"] = []byte(muxsim.DefaultTokenSecret) })
			s.becomes(s.env, status.CurrentStatus)
			s.try(s.client.Delete(s.t.Context(), s.env))
			s.says(s.env, video.ConditionReady, video.ReasonInUse)
			s.delete(asset)
			s.absent(s.env)
		},
		want: map[string]string{"MuxAsset/it": "InProgress Current Terminating", "MuxEnvironment/default": "InProgress Current Failed Current Terminating"},
	},
}

// TestLives computes kstatus, and runs Argo CD's script, on every version of every object that a watch shows while a real operator
// takes it through its life.
func TestLives(t *testing.T) {
	theatre := open(t)
	script, err := os.ReadFile(filepath.Join(root, "config/argocd/health.lua"))
	if err != nil {
		t.Fatal(err)
	}
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := theatre.scene(t)
			life.play(s)
			for object, want := range life.want {
				versions := s.ended(object)
				var got []string
				for _, version := range versions {
					got = append(got, judged(t, string(script), version))
				}
				line := strings.Join(slices.Compact(got), " ")
				t.Logf("%s: %d versions, %s", object, len(versions), line)
				if line != want {
					t.Errorf("%s was %s, want %s", object, line, want)
				}
			}
		})
	}
}

// judged is kstatus of one version, which has to be what its conditions say, and what Argo CD's script says in its own words.
func judged(t *testing.T, script string, version *unstructured.Unstructured) string {
	t.Helper()
	result, err := status.Compute(version)
	if err != nil {
		t.Fatalf("kstatus: %v: %s", err, textOf(t, version))
	}
	health, message, err := judge(script, version.Object)
	if err != nil || message == "" {
		t.Errorf("Argo CD: %q %v", message, err)
	}
	if problem := contradiction(result.Status, health, version); problem != "" {
		t.Errorf("%s %s %s: %s", version.GetKind(), version.GetName(), problem, textOf(t, version))
	}
	return result.Status.String()
}

// healths are Argo CD's words for those of kstatus.
var healths = map[status.Status]string{
	status.InProgressStatus: "Progressing", status.CurrentStatus: "Healthy", status.FailedStatus: "Degraded", status.TerminatingStatus: "Progressing",
}

// contradiction compares the words about a version with what is in it.
func contradiction(got status.Status, health string, version *unstructured.Unstructured) string {
	if healths[got] != health {
		return fmt.Sprintf("is %s for kstatus and %s for Argo CD", got, health)
	}
	deleted := version.GetDeletionTimestamp() != nil
	if (got == status.TerminatingStatus) != deleted {
		return fmt.Sprintf("is %s, being deleted is %t", got, deleted)
	}
	observed, _, _ := unstructured.NestedInt64(version.Object, "status", "observedGeneration")
	state, _, _ := unstructured.NestedString(version.Object, "status", "state")
	finished := is(version, "Ready") && !is(version, "Reconciling") && !is(version, "Stalled") && observed == version.GetGeneration()
	if version.GetKind() != "MuxEnvironment" {
		finished = finished && is(version, "Synced") && state != "" && state != "preparing" && state != "waiting"
	}
	if got == status.CurrentStatus && !finished {
		return "is Current too early"
	}
	if got == status.InProgressStatus && finished {
		return "is not Current although it is finished"
	}
	if got == status.FailedStatus && !is(version, "Stalled") {
		return "is Failed without being Stalled"
	}
	return ""
}

// is says whether a condition is True for the version's own generation.
func is(version *unstructured.Unstructured, kind string) bool {
	conditions, _, _ := unstructured.NestedSlice(version.Object, "status", "conditions")
	for _, c := range conditions {
		fields, _ := c.(map[string]any)
		if fields["type"] == kind {
			return fields["status"] == "True" && fields["observedGeneration"] == version.GetGeneration()
		}
	}
	return false
}

// asset declares an asset of a file.
func (s *scene) asset(name, url string, edits ...func(*video.MuxAsset)) *video.MuxAsset {
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	asset.Spec.Inputs = []video.AssetInput{{URL: url}}
	for _, edit := range edits {
		edit(asset)
	}
	s.create(asset)
	return asset
}

// upload declares an upload.
func (s *scene) upload() *video.MuxUpload {
	upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "it"}}
	upload.Spec.EnvironmentRef.Name, upload.Spec.CORSOrigin = "default", "https://example.com"
	s.create(upload)
	return upload
}

// only waits until what the operator has made by itself has a kstatus.
func (s *scene) only(origin string, want status.Status) {
	s.t.Helper()
	var list video.MuxAssetList
	s.within("an asset is made of a "+origin, func() error {
		err := s.client.List(s.t.Context(), &list, client.InNamespace(s.namespace), client.MatchingLabels{video.LabelOrigin: origin})
		if err == nil && len(list.Items) != 1 {
			err = fmt.Errorf("there are %d", len(list.Items))
		}
		return err
	})
	s.becomes(&list.Items[0], want)
}

// soon is generous: the machine runs other tests as well.
const soon = 60 * time.Second
