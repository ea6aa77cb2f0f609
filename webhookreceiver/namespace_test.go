// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"maps"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestAllowedNamespaces sends events about an object of another namespace than the environment's.
func TestAllowedNamespaces(t *testing.T) {
	team := func(name string) *video.AllowedNamespaces {
		return &video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": name}}}
	}
	for name, test := range map[string]struct {
		allowed *video.AllowedNamespaces
		result  string // of an event by id
		young   int    // the answer to a young event of nobody, while an object there waits for its id
	}{
		"unset":        {nil, "unknown_object", 200},
		"same":         {&video.AllowedNamespaces{From: video.NamespacesFromSame}, "unknown_object", 200},
		"not selected": {team("other"), "unknown_object", 200},
		"selected":     {team("video"), "applied", 503},
		"all":          {&video.AllowedNamespaces{From: video.NamespacesFromAll}, "applied", 503},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, plane.Config)
			s.allow(test.allowed)
			away := s.away(map[string]string{"team": "video"})
			const id = "elsewhere00000000000000000000000"
			followed, waiting := away.asset("followed", "default", id), away.waiting("waiting", "default", "token")
			r := s.replica()
			r.sees(s, s.env)
			r.sees(s, followed)
			r.sees(s, waiting)
			counters := r.deliveries(s)
			byID := r.post(s, "default", event("video.asset.ready", id, time.Now().Add(-2*time.Minute), ""))
			if byID.Code != 200 || !strings.Contains(byID.Body.String(), test.result) {
				t.Errorf("answered %d %s, want %s", byID.Code, byID.Body, test.result)
			}
			if young := r.post(s, "default", good()); young.Code != test.young {
				t.Errorf("a young event of nobody is answered %d %s, want %d", young.Code, young.Body, test.young)
			}
			if test.result != "unknown_object" {
				return
			}
			byToken := r.post(s, "default", event("video.asset.created", "new", time.Now(), `,"meta":{"external_id":"token"}`))
			if byToken.Code != 200 {
				t.Errorf("answered %d %s", byToken.Code, byToken.Body)
			}
			counters["200 ignored unknown_object"] += 3
			if got := r.deliveries(s); !maps.Equal(got, counters) {
				t.Errorf("counters are %v, want %v", got, counters)
			}
			for _, asset := range []*video.MuxAsset{followed, waiting} {
				version := asset.ResourceVersion
				if err := s.Get(s.ctx, client.ObjectKeyFromObject(asset), asset); err != nil || asset.ResourceVersion != version {
					t.Errorf("%s was written: %v, %+v", asset.Name, err, asset.Status)
				}
			}
		})
	}
}

// allow changes the environment.
func (s *stage) allow(namespaces *video.AllowedNamespaces) {
	s.Helper()
	base := s.env.DeepCopy()
	s.env.Spec.AllowedNamespaces = namespaces
	if err := s.Patch(s.ctx, s.env, client.MergeFrom(base)); err != nil {
		s.Fatal(err)
	}
}
