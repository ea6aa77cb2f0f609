// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/crashproxy"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// crashPoint is a request at which an operator is stopped.
type crashPoint struct {
	name    string
	of      func(*crashKind) bool
	matches func(crashproxy.Request) bool
	// when says with which answers it is, or may be, come to; nil: with all it is.
	when func(crashAnswer) bool
}

func everyKind(*crashKind) bool                   { return true }
func followedKind(k *crashKind) bool              { return k.part != partEndpoint }
func wholeObject(k *crashKind) bool               { return k.part == "" }
func partOfOne(k *crashKind) bool                 { return k.part != "" && k.part != partEndpoint }
func anEndpoint(k *crashKind) bool                { return k.part == partEndpoint }
func withASecret(k *crashKind) bool               { return k.secret != "" }
func says(r crashproxy.Request, text string) bool { return strings.Contains(string(r.Body), text) }

// crashPoints are the requests of a create, in the order in which they are sent. Each is a step between the intent and the
// recorded id, or one that follows it.
var crashPoints = []crashPoint{
	{"intent in status", wholeObject, func(r crashproxy.Request) bool { return isPatch(r, true) && creationOf(r)["startedAt"] != nil }, nil},
	{"intent annotated", wholeObject, func(r crashproxy.Request) bool {
		return isPatch(r, false) && says(r, video.AnnotationCreateToken+`":"`)
	}, nil},
	{"intent", partOfOne, func(r crashproxy.Request) bool { return isPatch(r, true) && statusOf(r)["adding"] != nil }, nil},
	{"intent", anEndpoint, func(r crashproxy.Request) bool { return endpointOf(r)["address"] != nil && endpointOf(r)["id"] == nil }, nil},
	{"POST", everyKind, func(r crashproxy.Request) bool {
		return r.Method == "POST" && (strings.HasPrefix(r.Path, "/video/v1/") || strings.HasPrefix(r.Path, "/system/v1/webhooks"))
	}, nil},
	{"outcome unknown", followedKind, func(r crashproxy.Request) bool { return isPatch(r, true) && says(r, video.ReasonCreateOutcomeUnknown) }, answerLost},
	{"id by webhook", wholeObject, func(r crashproxy.Request) bool { return idOf(r) && !byLeader(r) }, webhookFirst},
	{"id by leader", wholeObject, func(r crashproxy.Request) bool { return idOf(r) && byLeader(r) }, answerFirst},
	{"id annotated", wholeObject, func(r crashproxy.Request) bool { return isPatch(r, false) && says(r, video.AnnotationID+`":"`) }, nil},
	{"shown", partOfOne, func(r crashproxy.Request) bool { return isPatch(r, true) && showsPart(r) }, webhookComes},
	{"id", partOfOne, func(r crashproxy.Request) bool {
		return isPatch(r, true) && says(r, `{"op":"remove","path":"/status/adding"}`)
	}, nil},
	{"Secret", withASecret, func(r crashproxy.Request) bool { return r.Method == "POST" && strings.HasSuffix(r.Path, "/secrets") }, nil},
	{"signing secret", anEndpoint, func(r crashproxy.Request) bool { return r.Method == "PATCH" && strings.Contains(r.Path, "/secrets/") }, nil},
	{"id", anEndpoint, func(r crashproxy.Request) bool { return endpointOf(r)["id"] != nil }, nil},
	{"status", followedKind, saysSynced, nil},
}

// showsPart is true for a patch by which the status shows other parts.
func showsPart(r crashproxy.Request) bool {
	for _, name := range []string{"playbackIDs", "tracks", "staticRenditions", "simulcastTargets"} {
		if statusOf(r)[name] != nil {
			return true
		}
	}
	return false
}

// isPatch is true for a patch of an object that follows something at Mux.
func isPatch(r crashproxy.Request, status bool) bool {
	ours := strings.Contains(r.Path, "/muxassets/") || strings.Contains(r.Path, "/muxuploads/") || strings.Contains(r.Path, "/muxlivestreams/")
	return r.Method == "PATCH" && ours && strings.HasSuffix(r.Path, "/status") == status
}

// endpointOf is the newest endpoint that a patch of a MuxEnvironment's status writes.
func endpointOf(r crashproxy.Request) map[string]any {
	all, _ := statusOf(r)["webhookEndpoints"].([]any)
	if r.Method != "PATCH" || !strings.Contains(r.Path, "/muxenvironments/") || len(all) == 0 {
		return nil
	}
	first, _ := all[0].(map[string]any)
	return first
}

type patchBody struct {
	Metadata map[string]any
	Status   map[string]any
}

func bodyOf(r crashproxy.Request) (body patchBody) {
	_ = json.Unmarshal(r.Body, &body) // of something else nothing is found
	return body
}

func statusOf(r crashproxy.Request) map[string]any { return bodyOf(r).Status }

func creationOf(r crashproxy.Request) map[string]any {
	creation, _ := statusOf(r)["creation"].(map[string]any)
	return creation
}

func idOf(r crashproxy.Request) bool { return isPatch(r, true) && statusOf(r)["id"] != nil }

// byLeader : it alone writes the id with the uid and nothing else.
func byLeader(r crashproxy.Request) bool {
	return bodyOf(r).Metadata["uid"] != nil && len(statusOf(r)) == 2
}

// saysSynced is true for what is written at the end of a reconcile that went all the way.
func saysSynced(r crashproxy.Request) bool {
	conditions, _ := statusOf(r)["conditions"].([]any)
	return isPatch(r, true) && slices.ContainsFunc(conditions, func(c any) bool {
		fields, _ := c.(map[string]any)
		return fields["type"] == video.ConditionSynced && fields["status"] == "True"
	})
}

// crashAnswer is what Mux does with the first create, and with webhooks.
type crashAnswer struct {
	answer  string // "", time-out or 500: what the client gets after the create was carried out
	webhook string // "", late or lost
}

func answerLost(a crashAnswer) bool   { return a.answer != "" }
func webhookComes(a crashAnswer) bool { return a.webhook != "lost" }

// webhookFirst : where both come at once, it is a race.
func webhookFirst(a crashAnswer) bool { return webhookComes(a) && (answerLost(a) || a.webhook == "") }

// answerFirst : what a search has found counts as one.
func answerFirst(a crashAnswer) bool { return !answerLost(a) || !webhookComes(a) }

func (a crashAnswer) String() string {
	text := a.answer
	if a.webhook != "" {
		text += " webhook " + a.webhook
	}
	if text == "" {
		return "normal"
	}
	return strings.TrimSpace(text)
}

func (a crashAnswer) faults(route string) (f muxsim.Faults) {
	create := []muxsim.Rule{{Method: "POST", Route: route, Times: 1}}
	switch a.answer {
	case "time-out":
		f.TimeoutAfter = create
	case "500":
		f.Status5xxAfter = create
	}
	switch a.webhook {
	case "late":
		f.Delay = []muxsim.Rule{{Delay: 1500 * time.Millisecond}}
	case "lost":
		f.Drop = []muxsim.Rule{{}}
	}
	return f
}

// crashAnswers are all of them.
func crashAnswers() (all []crashAnswer) {
	for _, answer := range []string{"", "time-out", "500"} {
		for _, webhook := range []string{"", "late", "lost"} {
			all = append(all, crashAnswer{answer, webhook})
		}
	}
	return all
}
