// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// kind is what the phases need to know of one kind of object.
type kind interface {
	// name of the controller, such as muxasset, and noun for messages, such as asset.
	name() string
	noun() string

	newObject() commit.Followed
	newList() client.ObjectList
	// changed says whether what a webhook brought, or anything else in the status, is the controller's business.
	changed(before, after commit.Followed) bool
	// takesFrom says whether the object takes a value from the Secret.
	takesFrom(o commit.Followed, secret string) bool

	// get reads the object at Mux; absent is what a trustworthy 404 at a time tells.
	get(ctx context.Context, c *mux.Client, id string) (told, error)
	absent(at time.Time) told
	// delete removes it, or ends it where Mux has no deletion.
	delete(ctx context.Context, c *mux.Client, id string) error
	// ended says that nothing more will come of the object, for good.
	ended(o commit.Followed) bool
	// known says that a state of the object has been observed; settled that a webhook has told of one after which no other
	// is awaited.
	known(o commit.Followed) bool
	settled(o commit.Followed) bool

	// request is the create of the spec, without its token; nil where this release creates none. acknowledge records what
	// the create will have told Mux, and forget takes that back.
	request(ctx context.Context, r *follower, o commit.Followed) (createRequest, error)
	acknowledge(o commit.Followed)
	forget(o commit.Followed)
	// search looks for what an earlier create has made, among the newest and back to a time.
	search(ctx context.Context, c *mux.Client, token string, oldest time.Time) (id, duplicate string, err error)
	// update sends what the spec says and Mux has not acknowledged.
	update(ctx context.Context, r *follower, s *scope) error
}

// createRequest is a create that has not been sent.
type createRequest interface {
	// send sends it with the token, once.
	send(ctx context.Context, c *mux.Client, token string) (told, error)
}

// told is what Mux said of one object.
type told struct {
	id   string
	meta mux.Meta
	// join brings it into the object's status; it may run several times.
	join func(commit.Followed)
	// snapshot is the stamp that it has there.
	snapshot video.Stamp
}

// annotate sets one annotation.
func annotate(o commit.Followed, key, value string) {
	annotations := map[string]string{}
	for k, v := range o.GetAnnotations() {
		annotations[k] = v
	}
	annotations[key] = value
	o.SetAnnotations(annotations)
}
