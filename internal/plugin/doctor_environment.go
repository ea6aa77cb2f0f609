// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// examined is a MuxEnvironment in the course of its checks.
type examined struct {
	*doctor
	env *video.MuxEnvironment
	// mux calls Mux as the environment; nil where that does not work.
	mux *mux.Client
	// who is the access token; nil where Mux does not say.
	who *mux.Identity
	// secrets are the signing secrets that could be read.
	secrets []namedSecret
	// endpoint is that of the environment at Mux; nil where there is none, or the token may not see it.
	endpoint *mux.Webhook
}

func (d *doctor) checkEnvironment(ctx context.Context, env *video.MuxEnvironment) {
	d.area = "environment " + env.Namespace + "/" + env.Name
	e := &examined{doctor: d, env: env}
	e.checkConditions()
	e.checkCredentials(ctx)
	e.checkSigningSecrets(ctx)
	e.checkEndpoint(ctx)
	e.checkReceivers(ctx)
}

// patience is how long a condition may be under way before it is a fault.
const patience = time.Minute

// checkConditions looks at what the operator says itself.
func (e *examined) checkConditions() {
	problems := problemsOf(kinds[0], e.env, e.p.now(), patience)
	for i := range problems {
		p := &problems[i]
		e.fault(cmp.Or(p.Condition, video.ConditionReady), p.Reason+": "+p.Message, cmp.Or(p.Remedy, "see "+remedyPage))
	}
	if ready := meta.FindStatusCondition(e.env.Status.Conditions, video.ConditionReady); len(problems) == 0 && ready != nil {
		if ready.Status == metav1.ConditionTrue {
			e.fine(video.ConditionReady, "%s", ready.Message)
		} else {
			e.skip(video.ConditionReady, "%s: %s", ready.Reason, ready.Message)
		}
	}
}

// checkCredentials reads the access token and asks Mux who it is and what it may do.
func (e *examined) checkCredentials(ctx context.Context) {
	ref := e.env.Spec.CredentialsSecretRef
	if ref == nil {
		e.skip("credentials", "the environment has none and only receives")
		return
	}
	key := keyIn(e.env.Namespace, ref.Name)
	if !e.mayReadSecret(ctx, key) {
		e.skip("credentials", "you may not read the Secret %s", key)
		return
	}
	credentials, err := environment.Credentials(ctx, e.env, e.doctor.secrets)
	if err != nil {
		e.fault("credentials", scrubbed(err), "create the Secret, or the key, with the id and the secret of an access token of Mux; docs/muxenvironment.md names the keys")
		return
	}
	config := mux.Config{BaseURL: cmp.Or(e.env.Spec.APIURL, video.DefaultAPIURL), Credentials: credentials, Transport: e.p.transport, UserAgent: e.p.userAgent()}
	client, err := mux.New(config)
	if err != nil {
		e.fault("credentials", scrubbed(err), "correct spec.apiURL of the MuxEnvironment")
		return
	}
	answer, err := client.WhoAmI(ctx)
	e.checkSkew("clock of Mux", "Mux", answer.Meta.Date)
	switch {
	case mux.IsUnauthorized(err):
		e.fault("credentials", "Mux does not accept the access token", "make a new access token in Mux's dashboard and put its id and secret, which belong together, into the Secret "+key.String())
	case err != nil:
		e.fault("credentials", scrubbed(err), "look at spec.apiURL, the network from here to it, and status.mux.com")
	default:
		e.mux, e.who = client, &answer.Value
		e.fine("credentials", "Mux accepts the access token %s", answer.Value.AccessTokenName)
		e.checkIdentity()
		e.checkPermissions()
		e.checkReads(ctx)
	}
}

// checkIdentity compares the Mux environment of the token with that of the spec and of the status.
func (e *examined) checkIdentity() {
	for _, known := range []struct{ id, where string }{
		{e.env.Spec.EnvironmentID, "spec.environmentID"}, {e.env.Status.EnvironmentID, "status.environmentID"},
	} {
		if known.id != "" && known.id != e.who.EnvironmentID {
			e.fault("Mux environment", "the access token is of "+e.who.EnvironmentID+", and "+known.where+" says "+known.id,
				"use an access token of "+known.id+", or make another MuxEnvironment for "+e.who.EnvironmentID)
			return
		}
	}
	e.fine("Mux environment", "%s (%s)", e.who.EnvironmentID, e.who.EnvironmentName)
}

// checkPermissions names those that are missing.
func (e *examined) checkPermissions() {
	needed := []string{"video:read", "video:write"}
	if environment.Registration(e.env) != nil {
		needed = append(needed, "system:read", "system:write")
	}
	lacks := slices.DeleteFunc(slices.Clone(needed), e.who.Has)
	if len(lacks) > 0 {
		e.fault("permissions", "the access token lacks "+strings.Join(lacks, ", "),
			"make an access token with "+strings.Join(needed, ", ")+" in Mux's dashboard; permissions of an existing one cannot be seen to change at once")
		return
	}
	e.fine("permissions", "%s", strings.Join(needed, ", "))
}

// checkReads reads one page of each kind, as the repair sweep does.
func (e *examined) checkReads(ctx context.Context) {
	for _, read := range []struct {
		what string
		try  func() error
	}{
		{"assets", func() error { _, err := e.mux.ListAssets(ctx, mux.ListAssetsOptions{Limit: 1}); return err }},
		{"live streams", func() error { _, err := e.mux.ListLiveStreams(ctx, 1, 1); return err }},
		{"uploads", func() error { _, err := e.mux.ListUploads(ctx, 1, 1); return err }},
	} {
		err := read.try()
		switch {
		case err == nil:
			e.fine("read "+read.what, "Mux answers")
		case mux.IsThrottled(err):
			e.fault("read "+read.what, scrubbed(err), "something else uses up the limits of this Mux environment: find it, or let the operator ask less with --mux-request-rate")
		case mux.IsNotFound(err) || mux.IsForbidden(err):
			e.fault("read "+read.what, "the access token may not", "give it video:read and video:write, in Mux's dashboard")
		default:
			e.fault("read "+read.what, scrubbed(err), "try again; if it stays, look at status.mux.com")
		}
	}
}

// scrubbed is an error without what URLs may hold.
func scrubbed(err error) string { return mux.Redact(err.Error()) }
