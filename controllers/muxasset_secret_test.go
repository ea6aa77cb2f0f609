// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// assetAtMux is the asset as Mux has it.
func (s *stage) assetAtMux(asset *video.MuxAsset) *mux.Asset {
	s.Helper()
	answer, err := s.dashboard().GetAsset(s.Context(), asset.Status.ID)
	if err != nil {
		s.Fatal(err)
	}
	return &answer.Value
}

// assetTold brings an event with the asset as Mux has it now into the status, as the receiver does.
func (s *stage) assetTold(asset *video.MuxAsset, kind string) {
	s.Helper()
	data, err := json.Marshal(s.assetAtMux(asset))
	if err != nil {
		s.Fatal(err)
	}
	s.calls()
	lifted, ok := projection.LiftAssetEvent(&mux.Event{Type: "video.asset." + kind, ID: kind + s.clock.Now().String(), CreatedAt: s.clock.Now(), Data: data})
	if !ok {
		s.Fatal("the event is not lifted")
	}
	projection.ReadAsset(&asset.Status).Join(lifted).Write(&asset.Status)
	if err := s.Status().Update(s.Context(), asset); err != nil {
		s.Fatal(err)
	}
}

// assetDrifts lets somebody change the asset at Mux, brings the event, and returns the calls that it leads to.
func (s *stage) assetDrifts(asset *video.MuxAsset, change func() error) map[string]int {
	s.Helper()
	if err := change(); err != nil {
		s.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	before := asset.DeepCopy()
	s.assetTold(asset, "updated")
	if !(assetKind{}).changed(before, asset) {
		s.Error("drift starts no reconcile")
	}
	s.settles(asset)
	return s.calls()
}

// masterURL is what Mux has and what the Secret holds.
func (s *stage) masterURL(asset *video.MuxAsset, name string) (atMux, held string) {
	s.Helper()
	if master := s.assetAtMux(asset).Master; master != nil {
		atMux = master.URL.Reveal()
	}
	s.calls()
	if secret := s.secret(name); secret != nil {
		held = string(secret.Data["url"])
	}
	return atMux, held
}

// askForMaster gives the request-master annotation another value.
func askForMaster(token string) func(*video.MuxAsset) {
	return func(a *video.MuxAsset) { a.Annotations[video.AnnotationRequestMaster] = token }
}

// TestMasterSecret follows the URL of a master through its 24 hours: one GET for each event that tells of one, none where the status
// shows it ready without such an event.
func TestMasterSecret(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	if s.secret("intro-master") != nil || reasonOf(asset, video.ConditionMasterURLReady) != "" {
		t.Fatal("there is a Secret for a master that nobody has asked for")
	}
	var last string
	for _, token := range []string{"first", "second"} {
		edit(s, asset, askForMaster(token))
		s.clock.Advance(time.Minute)
		s.assetTold(asset, "master.ready")
		if after := s.reconcile(asset); after <= 0 || after > secretSettles || len(s.calls()) > 0 {
			t.Errorf("%s: it is looked at after %s, or was read at once", token, after)
		}
		if reasonOf(asset, video.ConditionMasterURLReady) != "False Pending" || reasonOf(asset, video.ConditionSynced) != "True Synced" {
			t.Errorf("%s: the conditions are %+v", token, asset.Status.Conditions)
		}
		s.clock.Advance(secretSettles)
		s.reconcile(asset)
		if got := s.calls(); got[getAsset] != 1 || len(got) != 1 {
			t.Errorf("%s: the calls were %v", token, got)
		}
		s.atRest(asset)
		atMux, held := s.masterURL(asset, "intro-master")
		if held == "" || held != atMux || held == last || reasonOf(asset, video.ConditionMasterURLReady) != "True MasterURLPublished" {
			t.Errorf("%s: the Secret does not hold the URL that Mux has: %+v", token, asset.Status.Conditions)
		}
		last = held
		status, err := json.Marshal(asset)
		if err != nil || strings.Contains(string(status), held) {
			t.Errorf("%s: the URL is in the object", token)
		}
		s.clock.Advance(25 * time.Hour)
		s.assetTold(asset, "master.deleted")
		s.settles(asset)
		if s.secret("intro-master") != nil || reasonOf(asset, video.ConditionMasterURLReady) != "False MasterAccessOver" {
			t.Errorf("%s: the Secret outlives its use: %+v", token, asset.Status.Conditions)
		}
		s.calls()
	}
}

// TestMasterSecretChanges : another event of a master whose Secret is there costs one GET.
func TestMasterSecretChanges(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset(func(a *video.MuxAsset) { a.Spec.MasterAccess = "temporary" })
	s.clock.Advance(time.Minute)
	s.assetTold(asset, "master.ready")
	s.settles(asset)
	_, first := s.masterURL(asset, "intro-master")
	if first == "" {
		t.Fatal("there is no Secret")
	}
	for _, access := range []string{"none", "temporary"} { // taken back and given again by others, unheard
		if _, err := s.dashboard().SetMasterAccess(t.Context(), asset.Status.ID, access); err != nil {
			t.Fatal(err)
		}
	}
	s.clock.Advance(time.Minute)
	s.assetTold(asset, "master.ready")
	s.settles(asset)
	if got := s.calls(); got[getAsset] != 1 || len(got) != 1 {
		t.Errorf("the calls were %v", got)
	}
	if atMux, held := s.masterURL(asset, "intro-master"); held != atMux || held == first {
		t.Error("the Secret does not hold the new URL")
	}
	s.assetTold(asset, "updated") // says nothing of the master
	s.settles(asset)
	if got := s.calls(); len(got) != 0 {
		t.Errorf("the calls were %v", got)
	}
	edit(s, asset, func(a *video.MuxAsset) { a.Spec.MasterSecret = &video.SecretReference{Name: "elsewhere"} })
	if atMux, held := s.masterURL(asset, "elsewhere"); held != atMux || s.secret("intro-master") != nil {
		t.Error("the Secret did not move")
	}
}

// TestMasterSecretTaken asks for no master whose URL could not be given on.
func TestMasterSecretTaken(t *testing.T) {
	s := newStage(t, assetKind{})
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "intro-master"}, Data: map[string][]byte{"mine": nil}})
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "intro", UID: "intro"}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/intro.mp4"}}
	asset.Spec.MasterAccess = "temporary"
	s.create(asset)
	s.reconcile(asset)
	if got := s.calls(); len(got) != 0 || reasonOf(asset, video.ConditionSynced) != "False SecretNotOwned" {
		t.Errorf("the calls were %v, the conditions are %+v", got, asset.Status.Conditions)
	}
}

// TestMasterSecretImported gives on the master of an asset that others have made only where the spec names a Secret.
func TestMasterSecretImported(t *testing.T) {
	s := newStage(t, assetKind{})
	made, err := s.dashboard().CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
		Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}, MasterAccess: "temporary",
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "theirs", UID: "theirs"}}
	asset.Spec.EnvironmentRef.Name, asset.Spec.ManagementPolicy = "default", video.ManagementPolicyObserve
	asset.Spec.Import = &video.ImportSpec{ID: made.Value.ID}
	s.create(asset)
	s.settles(asset)
	if s.secret("theirs-master") != nil || reasonOf(asset, video.ConditionMasterURLReady) != "" || masterOf(asset) != projection.StateReady {
		t.Errorf("the status is %+v", asset.Status)
	}
	edit(s, asset, func(a *video.MuxAsset) { a.Spec.MasterSecret = &video.SecretReference{Name: "theirs"} })
	if atMux, held := s.masterURL(asset, "theirs"); held == "" || held != atMux || reasonOf(asset, video.ConditionMasterURLReady) != "True MasterURLPublished" {
		t.Errorf("the conditions are %+v", asset.Status.Conditions)
	}
}

// TestMasterReadyMeanwhile : an event that tells of the master while a reconcile that has not seen it is under way does not have it say
// that the Secret has the URL.
func TestMasterReadyMeanwhile(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset(func(a *video.MuxAsset) { a.Spec.MasterAccess = masterTemporary })
	asset.Status.Master = &video.MasterStatus{Status: projection.StatePreparing}
	under := newScope(asset)
	if err := s.f.publishSecrets(t.Context(), under); err != nil {
		t.Fatal(err)
	}
	if got := reasonOf(under.object, video.ConditionMasterURLReady); got != "False Preparing" {
		t.Errorf("while it is made the condition is %s", got)
	}
	meanwhile := under.object.DeepCopyObject().(*video.MuxAsset)
	meanwhile.Status.Master.Status = projection.StateReady
	if err := under.write(nil, metav1.Now())(meanwhile); err != nil {
		t.Fatal(err)
	}
	if got := reasonOf(meanwhile, video.ConditionMasterURLReady); got != "False Preparing" {
		t.Errorf("without a Secret the condition is %s", got)
	}
}
