// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// exported is a stage with an object of each kind as the operator leaves it.
func exported(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.create(&video.MuxEnvironment{
		ObjectMeta: s.metaWith("default", "kubectl.kubernetes.io/last-applied-configuration", "{}"),
		Spec:       video.MuxEnvironmentSpec{CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux"}},
	})
	asset := &video.MuxAsset{ObjectMeta: s.metaWith("intro", video.AnnotationCreateToken, "token")}
	asset.Labels, asset.Annotations["team"], asset.Finalizers = map[string]string{"app": "site"}, "video", []string{video.Finalizer}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/intro.mp4"}}
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	s.create(asset)
	s.status(asset, func() { asset.Status.ID, asset.Status.State = "asset1", "ready" })
	s.Cleanup(func() { s.release(asset) })
	adopted := &video.MuxAsset{ObjectMeta: s.metaWith("adopted", video.AnnotationID, "asset2")}
	adopted.Spec.EnvironmentRef.Name, adopted.Spec.Import = "default", &video.ImportSpec{ID: "asset2"}
	made := &video.MuxAsset{ObjectMeta: s.meta("made")}
	made.Labels = map[string]string{video.LabelOrigin: video.OriginRecording, video.LabelOriginName: "studio", "app": "site"}
	made.Spec.EnvironmentRef.Name, made.Spec.ManagementPolicy, made.Spec.Import = "default", video.ManagementPolicyObserve, &video.ImportSpec{ID: "asset3"}
	stream := &video.MuxLiveStream{ObjectMeta: s.meta("studio")}
	stream.Spec.EnvironmentRef.Name = "default"
	s.create(adopted, made, stream)
	s.status(stream, func() { stream.Status.ID, stream.Status.State = "stream1", "idle" })
	upload := &video.MuxUpload{ObjectMeta: s.meta("file")}
	upload.Spec.EnvironmentRef.Name, upload.Spec.CORSOrigin = "default", "*"
	s.create(upload)
	return s
}

// release lets an object go whose finalizer nobody carries out.
func (s *stage) release(o client.Object) {
	base := o.DeepCopyObject().(client.Object)
	o.SetFinalizers(nil)
	if err := s.Patch(context.WithoutCancel(s.ctx), o, client.MergeFrom(base)); err != nil {
		s.Error(err)
	}
}

// TestExport : what people write, and the id.
func TestExport(t *testing.T) {
	t.Parallel()
	s := exported(t)
	all := s.run("export")
	golden(t, "export", all.out+all.err, s.namespace, "NAMESPACE")
	golden(t, "export_import", s.run("export", "--as-import", "muxasset/intro", "mxl").out, s.namespace, "NAMESPACE")
	golden(t, "export_made", s.run("export", "--include-made", "muxassets", "mxu/file").out, s.namespace, "NAMESPACE")
	s.kubectlStdin(all.out, "apply", "-f", "-")
	for _, o := range s.imported() {
		if o.GetGeneration() != 1 {
			t.Errorf("applied here it has changed the spec of %s", o.GetName())
		}
	}
	everywhere := s.run("export", "-A", "muxlivestream")
	if everywhere.code != exitFine || !strings.Contains(everywhere.out, "namespace: "+s.namespace) {
		t.Errorf("all namespaces: %+v", everywhere)
	}
	dir := t.TempDir()
	if got := s.run("export", "--output-dir", dir); got.code != exitFine {
		t.Fatalf("%+v", got)
	}
	before, err := os.Stat(filepath.Join(dir, "muxasset-intro.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.run("export", "--output-dir", dir); got.code != exitFine {
		t.Fatalf("%+v", got)
	}
	if after, err := os.Stat(filepath.Join(dir, "muxasset-intro.yaml")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a file that is the same was written: %v", err)
	}
	for name, test := range map[string]struct{ arg, want string }{
		"a kind": {"pods", "is no kind of mux-operator"}, "nobody": {"muxasset/nobody", "there is no MuxAsset nobody"},
	} {
		if got := s.run("export", test.arg); got.code != exitFailed || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := s.run("export", "-A", "muxasset/intro"); got.code != exitFailed || !strings.Contains(got.err, "neither -A nor -l") {
		t.Errorf("one of all namespaces: %+v", got)
	}
	if got := s.run("export", "-l", "app=site"); got.code != exitFine || strings.Count(got.out, "kind: ") != 1 || !strings.Contains(got.out, "name: intro") {
		t.Errorf("by a label: %+v", got)
	}
	if got := s.run("export", "-A", "--output-dir", dir); got.code != exitFailed {
		t.Errorf("files of all namespaces: %+v", got)
	}
}

// TestExportRestores : what was exported, either way, finds its asset again in an empty namespace, and nothing is created at Mux.
func TestExportRestores(t *testing.T) {
	t.Parallel()
	for name, flag := range map[string]string{"by the annotation": "--as-import=false", "by import": "--as-import"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			sim := s.uploading(muxsim.Options{ReadyAfter: 100 * time.Millisecond})
			asset := &video.MuxAsset{ObjectMeta: s.meta("intro")}
			asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/intro.mp4"}}
			asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
			asset.Spec.Passthrough, asset.Spec.DeletionPolicy = new("order-17"), video.DeletionPolicyRetain
			s.create(asset)
			s.adopted(1)
			printed := s.run("export", flag, "muxasset")
			if err := s.Delete(s.ctx, asset); err != nil {
				t.Fatal(err)
			}
			within(s, 20*time.Second, func() error {
				if len(s.imported()) > 0 {
					return errStillThere
				}
				return nil
			})
			sim.ResetRequests()
			s.kubectlStdin(printed.out, "apply", "-f", "-")
			s.adopted(1)
			if changes := changesOf(sim); len(changes) > 0 {
				t.Errorf("restored with changes at Mux: %v", changes)
			}
			restored := s.imported()[0].(*video.MuxAsset)
			if ids := sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 || restored.Status.ID != ids[0] {
				t.Errorf("it is %s, Mux has %v", restored.Status.ID, ids)
			}
		})
	}
}

var errStillThere = errors.New("it is still there")
