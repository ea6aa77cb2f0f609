// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// echo stands before the simulator. While it is asked to, it answers changes with an error that repeats all that was sent: the body
// and the access token, as a server of Mux, or something on the way, might.
type echo struct {
	*httptest.Server
	status atomic.Int32 // of those errors; 0 passes everything on, and hangUp ends the connection without an answer
	echoed atomic.Int32
}

// hangUp has no answer given.
const hangUp = -1

func newEcho(t *testing.T, sim *muxsim.Server) *echo {
	t.Helper()
	target, err := url.Parse(sim.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass, e := httputil.NewSingleHostReverseProxy(target), &echo{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := int(e.status.Load())
		if status == 0 || r.Method == http.MethodGet {
			pass.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, token, _ := r.BasicAuth()
		e.echoed.Add(1)
		if status == hangUp {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"type": "invalid_parameters", "messages": []string{"cannot take " + string(body), r.URL.String() + " with " + r.Header.Get("Authorization") + " " + token},
		}})
	}))
	t.Cleanup(e.Close)
	return e
}

// TestCanaries plants secrets wherever there are any, lets everything go wrong that repeats them, and finds each in its Secrets and
// nowhere else: no object, Event, log line at any level, or metric.
func TestCanaries(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.02})
	e := newEcho(t, s.sim)
	patch(s, s.env, func(env *video.MuxEnvironment) { env.Spec.APIURL = e.URL })
	logged.keep(s)
	registry := prometheus.NewRegistry()
	r := s.operator(func(_ *rest.Config, o *options) { o.registerer, o.createRate, o.requestRate = registry, 100, 100 })
	s.webhooks(r)
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")

	planted := map[string]string{
		"input":        "https://example.com/a.mp4?X-Amz-Signature=canary-of-the-input",
		"track":        "https://example.com/en.vtt?sig=canary-of-the-track",
		"late-track":   "https://example.com/fr.vtt?sig=canary-of-the-late-track",
		"target":       "rtmps://live.example.com/app/canary-of-the-target",
		"target-key":   "canary-of-the-target-key",
		"late-target":  "srt://live.example.com:1?passphrase=canary-of-the-late-target",
		"access-token": muxsim.DefaultTokenSecret,
		"signing":      signingSecret,
	}
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "planted"}, StringData: planted})
	from := func(key string) *video.SecretKeyReference {
		return &video.SecretKeyReference{Name: "planted", Key: key}
	}

	e.status.Store(http.StatusBadRequest)
	asset := s.managed("film", func(a *video.MuxAsset) {
		a.Spec.Inputs = []video.AssetInput{{URLFrom: from("input")}}
		a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URLFrom: from("track")}}
		a.Spec.MasterAccess = "temporary"
	})
	stream := s.declared("studio", func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "one", URLFrom: from("target"), StreamKeySecretRef: from("target-key")}}
	})
	upload := s.upload("file")
	for _, o := range []conditioned{asset, stream, upload} {
		s.condition(o, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonInvalid)
	}
	e.status.Store(http.StatusServiceUnavailable)
	title := "another try"
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{Title: &title} })
	patch(s, stream, func(l *video.MuxLiveStream) { l.Spec.Meta = &video.LiveMeta{Title: &title} })
	patch(s, upload, func(u *video.MuxUpload) { u.Spec.Test = new(true) })
	for _, o := range []conditioned{asset, stream, upload} {
		s.condition(o, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonCreateOutcomeUnknown)
	}
	e.status.Store(0)
	// Nothing was made, but nothing says so for five minutes: other objects go on with the same secrets.
	asset = s.managed("film-2", func(a *video.MuxAsset) {
		a.Spec.Inputs = []video.AssetInput{{URLFrom: from("input")}}
		a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URLFrom: from("track")}}
		a.Spec.MasterAccess = "temporary"
	})
	stream = s.declared("studio-2", func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "one", URLFrom: from("target"), StreamKeySecretRef: from("target-key")}}
	})
	upload = s.upload("file-2")
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(stream, soon, video.ConditionStreamKeyReady, metav1.ConditionTrue, "")
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	s.condition(asset, soon, video.ConditionMasterURLReady, metav1.ConditionTrue, "")

	e.status.Store(http.StatusBadRequest) // parts
	patch(s, asset, func(a *video.MuxAsset) {
		a.Spec.TextTracks = append(a.Spec.TextTracks, video.TextTrack{Name: "French", LanguageCode: "fr", URLFrom: from("late-track")})
	})
	patch(s, stream, func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = append(l.Spec.SimulcastTargets, video.SimulcastTarget{Name: "two", URLFrom: from("late-target")})
	})
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonInvalid)
	s.condition(stream, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonInvalid)
	e.status.Store(0)

	errored := s.managed("errored", func(a *video.MuxAsset) { a.Spec.Inputs = []video.AssetInput{{URLFrom: from("input")}} })
	within(s, soon, "it has an id", func() error {
		if err := s.get(errored); err != nil || errored.Status.ID == "" {
			return io.EOF
		}
		return nil
	})
	body := fmt.Sprintf(`{"type":"video.asset.errored","id":"event","created_at":%q,"object":{"type":"asset","id":%q},"environment":{"id":%q},
		"data":{"id":%[2]q,"status":"errored","errors":{"type":"invalid_input","messages":["could not fetch %[4]s"]}}}`,
		time.Now().UTC().Format(time.RFC3339), errored.Status.ID, muxsim.DefaultEnvironmentID, planted["input"])
	within(s, soon, "the receiver has seen the id", func() error {
		if code := s.post(r, []byte(body)); code != http.StatusOK {
			return fmt.Errorf("answered %d", code)
		}
		return nil
	})
	s.condition(errored, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonErrored)
	if said := mustJSON(errored.Status); !strings.Contains(said, "could not fetch https://example.com") {
		t.Errorf("the message of the error is not told: %s", said)
	}
	e.status.Store(hangUp)
	lost := s.managed("lost", func(a *video.MuxAsset) { a.Spec.Inputs = []video.AssetInput{{URLFrom: from("input")}} })
	s.condition(lost, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonCreateOutcomeUnknown)
	e.status.Store(0)

	holders := map[string][]string{} // by secret: the Secrets that have it
	for _, secret := range planted {
		holders[secret] = []string{"planted"}
	}
	holders[muxsim.DefaultTokenSecret], holders[signingSecret] = []string{"mux", "planted"}, []string{"mux", "planted"}
	tellsOnly := func(name string) {
		for key, value := range s.urlSecret(name).Data {
			if key == "url" || key == "streamKey" || key == "srtPassphrase" {
				holders[string(value)] = []string{name}
			}
		}
	}
	tellsOnly("film-2-master")
	tellsOnly("studio-2-stream-key")
	tellsOnly("file-2-upload-url")
	old := string(s.urlSecret("studio-2-stream-key").Data["streamKey"])
	if _, err := s.dashboard().ResetStreamKey(s.ctx, stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	within(s, soon, "the new key is in the Secret", func() error {
		if string(s.urlSecret("studio-2-stream-key").Data["streamKey"]) == old {
			return io.EOF
		}
		return nil
	})
	tellsOnly("studio-2-stream-key")
	holders[old] = nil
	s.held(registry, holders)
	if lines := logged.String(); strings.Contains(lines, "Request Body") || strings.Contains(lines, "Response Body") {
		t.Error("the bodies of requests to the API server are logged, some in a form that cannot be searched for secrets")
	}
	t.Logf("%d secrets, %d answers that repeat what was sent; each secret is in its Secrets and in nothing else", len(holders), e.echoed.Load())
}

// held checks that each secret is in the Secrets that it belongs into, and in nothing else.
func (s *stage) held(registry prometheus.Gatherer, holders map[string][]string) {
	s.Helper()
	list := &corev1.SecretList{}
	if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	for _, secret := range slices.Sorted(maps.Keys(holders)) {
		var names []string
		for i := range list.Items {
			if slices.ContainsFunc(slices.Collect(maps.Values(list.Items[i].Data)), func(value []byte) bool { return bytes.Contains(value, []byte(secret)) }) {
				names = append(names, list.Items[i].Name)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, holders[secret]) {
			s.Errorf("%s… is in the Secrets %v, want %v", secret[:12], names, holders[secret])
		}
		for _, form := range forms(secret) {
			if places := s.leaks(registry, form); len(places) > 0 {
				s.Errorf("%s… is in %v", secret[:12], places)
			}
			for i := range list.Items {
				if strings.Contains(mustJSON(list.Items[i].ObjectMeta), form) {
					s.Errorf("%s… is in the metadata of the Secret %s", secret[:12], list.Items[i].Name)
				}
			}
		}
	}
}

// forms are how a secret may be written down: as it is, in a URL, in JSON, as the API server has it, and the part of a URL that
// matters.
func forms(secret string) []string {
	inJSON, _ := json.Marshal(secret)
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(inJSON), `"`), base64.StdEncoding.EncodeToString([]byte(secret))}
	if i := strings.Index(secret, "canary"); i >= 0 {
		all = append(all, secret[i:])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
