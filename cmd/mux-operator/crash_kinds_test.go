// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// crashKind is what is created while operators are stopped: an object, or a part of one that is there.
type crashKind struct {
	name, route string
	part        string // the kind of part; "" of an object
	free        bool   // what is made once too often is cancelled or deleted, so that a create may be sent again
	secret      string // the condition of the Secret that follows from the create; "" none
	// before makes what is there before; nil where there is nothing.
	before func(*crashStage) conditioned
	// create declares what is to be created, in what was there before.
	create func(*crashStage, conditioned) conditioned
	// atMux are the ids of what is there and in use.
	atMux func(*crashStage, conditioned) []string
	// published is nil, or has all URLs that were ever published.
	published func(*crashStage) func() map[string]bool
}

var crashKinds = []crashKind{
	{
		name: "asset", route: "/video/v1/assets",
		create: func(s *crashStage, _ conditioned) conditioned { return s.managed("video") },
		atMux:  func(s *crashStage, _ conditioned) []string { return s.sim.AssetIDs(muxsim.DefaultEnvironmentID) },
	},
	{
		name: "live stream", route: "/video/v1/live-streams", secret: video.ConditionStreamKeyReady,
		create: func(s *crashStage, _ conditioned) conditioned { return s.declared("studio") },
		atMux:  func(s *crashStage, _ conditioned) []string { return s.streamsAtMux() },
	},
	{
		name: "upload", route: "/video/v1/uploads", secret: video.ConditionURLReady, free: true,
		create:    func(s *crashStage, _ conditioned) conditioned { return s.upload("file") },
		atMux:     func(s *crashStage, _ conditioned) []string { return s.waitingUploads() },
		published: func(s *crashStage) func() map[string]bool { return s.watchURLs() },
	},
	partOfAsset("playback-id", "playback-ids", addSigned, func(a *mux.Asset) []string { return signedIDs(a.PlaybackIDs) }),
	partOfAsset("text-track", "tracks", func(a *video.MuxAsset) {
		a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: "https://example.com/en.vtt"}}
	}, textTracks),
	partOfAsset("generated-subtitles", "tracks/{part}/generate-subtitles", func(a *video.MuxAsset) {
		a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "en"}}
	}, textTracks),
	partOfAsset("static-rendition", "static-renditions", func(a *video.MuxAsset) {
		a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}}
	}, func(a *mux.Asset) (ids []string) {
		if a.StaticRenditions != nil {
			for _, file := range a.StaticRenditions.Files {
				ids = append(ids, file.ID)
			}
		}
		return ids
	}),
	partOfStream("playback-id", "playback-ids", func(l *video.MuxLiveStream) {
		l.Spec.PlaybackPolicies = append(l.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
	}, func(l *mux.LiveStream) []string { return signedIDs(l.PlaybackIDs) }),
	partOfStream("simulcast-target", "simulcast-targets", func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "other", URL: "rtmp://example.com/app"}}
	}, func(l *mux.LiveStream) (ids []string) {
		for _, target := range l.SimulcastTargets {
			ids = append(ids, target.ID)
		}
		return ids
	}),
	{
		name: "environment's endpoint", route: "/system/v1/webhooks", part: partEndpoint, secret: video.ConditionWebhookRegistered, free: true,
		before: func(s *crashStage) conditioned { return s.env },
		create: func(s *crashStage, o conditioned) conditioned {
			patch(s.stage, o.(*video.MuxEnvironment), func(e *video.MuxEnvironment) {
				e.Spec.Webhook.Registration = &video.WebhookRegistration{PublicURL: "https://hooks.example.com"}
			})
			return o
		},
		atMux: func(s *crashStage, _ conditioned) []string { return s.endpointsWithSecrets() },
	},
}

// partEndpoint is the part of a MuxEnvironment. What is made of it is followed by no webhook.
const partEndpoint = "endpoint"

// endpointsWithSecrets are the ids of the endpoints that the operator has made. One whose signing secret is not known, and a secret
// without an endpoint, are told of as well.
func (s *stage) endpointsWithSecrets() (ids []string) {
	s.Helper()
	known := map[string][]byte{}
	if secret := s.urlSecret(s.env.Name + "-webhook"); secret != nil {
		known = secret.Data
	}
	for _, endpoint := range s.endpoints() {
		if !strings.Contains(endpoint.Address, "mux-operator=") {
			continue
		}
		id := endpoint.ID
		if string(known[id]) != s.sim.WebhookSecret(id) {
			id += " without its secret"
		}
		ids = append(ids, id)
	}
	if len(known) > len(ids) {
		ids = append(ids, "a secret too many")
	}
	return ids
}

func addSigned(a *video.MuxAsset) {
	a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
}

// signedIDs are the playback ids that were asked for; a public one was there before.
func signedIDs(all []mux.PlaybackID) (ids []string) {
	for _, id := range all {
		if id.Policy == "signed" {
			ids = append(ids, id.ID)
		}
	}
	return ids
}

func textTracks(a *mux.Asset) (ids []string) {
	for i := range a.Tracks {
		if a.Tracks[i].Type == "text" {
			ids = append(ids, a.Tracks[i].ID)
		}
	}
	return ids
}

// partOfAsset is a part that a change of the spec adds to an asset that is ready.
func partOfAsset(part, path string, change func(*video.MuxAsset), ids func(*mux.Asset) []string) crashKind {
	return crashKind{
		name: "asset's " + part, route: "/video/v1/assets/{id}/" + path, part: part,
		before: func(s *crashStage) conditioned { return s.managed("video") },
		create: func(s *crashStage, o conditioned) conditioned {
			patch(s.stage, o.(*video.MuxAsset), change)
			return o
		},
		atMux: func(s *crashStage, o conditioned) []string {
			answer, err := s.dashboard().GetAsset(s.ctx, o.(commit.Followed).GetMuxID())
			if err != nil {
				s.Fatal(err)
			}
			return ids(&answer.Value)
		},
	}
}

// partOfStream is a part that a change of the spec adds to a live stream that is idle.
func partOfStream(part, path string, change func(*video.MuxLiveStream), ids func(*mux.LiveStream) []string) crashKind {
	return crashKind{
		name: "stream's " + part, route: "/video/v1/live-streams/{id}/" + path, part: part,
		before: func(s *crashStage) conditioned { return s.declared("studio") },
		create: func(s *crashStage, o conditioned) conditioned {
			patch(s.stage, o.(*video.MuxLiveStream), change)
			return o
		},
		atMux: func(s *crashStage, o conditioned) []string {
			answer, err := s.dashboard().GetLiveStream(s.ctx, o.(commit.Followed).GetMuxID())
			if err != nil {
				s.Fatal(err)
			}
			return ids(&answer.Value)
		},
	}
}

func (s *stage) waitingUploads() (ids []string) {
	for id, state := range s.uploadsAtMux() {
		if state == "waiting" {
			ids = append(ids, id)
		}
	}
	return ids
}

// given is the id that the object says its create has given.
func (k *crashKind) given(object conditioned) string {
	if env, ok := object.(*video.MuxEnvironment); ok {
		if len(env.Status.WebhookEndpoints) != 1 {
			return ""
		}
		return env.Status.WebhookEndpoints[0].ID
	}
	status := object.(commit.Followed).GetFollowedStatus()
	if k.part == "" {
		if object.GetAnnotations()[video.AnnotationID] != status.ID {
			return ""
		}
		return status.ID
	}
	var known []string
	for i := range status.Children {
		child := &status.Children[i]
		if child.Kind == k.part && (k.part != "playback-id" || child.Key == "signed") {
			known = append(known, child.ID)
		}
	}
	if len(known) != 1 || status.Adding != nil {
		return ""
	}
	return known[0]
}

// done is the condition that says that the spec has reached Mux.
func (k *crashKind) done() string {
	if k.part == partEndpoint {
		return video.ConditionReady
	}
	return video.ConditionSynced
}

// whole says what is missing from an object that is as it should be: one at Mux, and its id in the status and annotated, or the
// part with its id in the status.
func (k *crashKind) whole(s *crashStage, object conditioned) error {
	if err := s.get(object); err != nil {
		return err
	}
	id, done := k.given(object), meta.FindStatusCondition(object.GetConditions(), k.done())
	switch {
	case id == "":
		return fmt.Errorf("no id: %s", mustJSON(object))
	case done == nil || done.Status != metav1.ConditionTrue || done.ObservedGeneration != object.GetGeneration():
		return fmt.Errorf("conditions are %v", describe(object.GetConditions()))
	case k.secret != "" && !meta.IsStatusConditionTrue(object.GetConditions(), k.secret):
		return fmt.Errorf("the Secret is not there: %v", describe(object.GetConditions()))
	}
	if at := k.atMux(s, object); len(at) != 1 || at[0] != id {
		return fmt.Errorf("the id is %s, Mux has %v", id, at)
	}
	return nil
}
