// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
	// due is how long it is until the object is to be read because no webhook will tell what then happens; false for never.
	due(o commit.Followed, now time.Time) (time.Duration, bool)

	// awaited says that webhooks are awaited of the object, so that a sweep reads it; createdAt is when Mux made it, zero
	// where that is not known.
	awaited(o commit.Followed) bool
	createdAt(o commit.Followed) time.Time
	// page reads a page of all at Mux, newest first, and where the next begins; "" is the beginning and the end.
	page(ctx context.Context, c *mux.Client, cursor string) (page []told, next string, err error)

	// request is the create of the spec, without its token. acknowledge records what
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
	// created is when Mux made it; of elements of a page, zero where Mux does not say.
	created time.Time
	// secrets are what of the answer goes into a Secret and nowhere else, by key; nil where it has none.
	secrets map[string]mux.Secret
	// missing is set where Mux said that there is no such object.
	missing bool
}

// resender is a kind of which an object at Mux costs nothing and ends by itself, so that a create whose outcome is not known is
// sent again, as soon as it is not under way any more, instead of being searched for.
type resender interface {
	// traceable says whether what the create of an object makes can be told from what others make.
	traceable(o commit.Followed) bool
	// searchAny are the ids of what creates with a token have made, whatever has become of it since; the likeliest first.
	searchAny(ctx context.Context, c *mux.Client, token string) ([]string, error)
	// tidy ends at Mux what lost creates of the object have made.
	tidy(ctx context.Context, r *follower, s *scope, c *mux.Client) error
}

// overwriter is a kind whose token gives way to a text of the user's own once the id is known.
type overwriter interface {
	// searchOwn are the ids of all that were made between two times and bear the text that the spec sets in the token's place; none
	// where it sets none.
	searchOwn(ctx context.Context, c *mux.Client, o commit.Followed, from, until time.Time) ([]string, error)
}

// onceKind is a kind with annotations that ask for something once.
type onceKind interface {
	// once says for each such annotation where the token of the last one is recorded.
	once() map[string]func(commit.Followed) *string
	// assume takes for acknowledged what the spec says and Mux does not show the way it was asked for.
	assume(o commit.Followed)
}

// kinds are those that follow an object at Mux.
var kinds = []kind{assetKind{}, liveStreamKind{}, uploadKind{}}

// timeOf is the time of an optional one.
func timeOf(at *metav1.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.Time
}

// nextPage is the number of the page after the one that cursor names, "" when this one was not full; page is its own number.
func nextPage(cursor string, found int) (page int, next string) {
	page, err := strconv.Atoi(cursor)
	if err != nil {
		page = 1
	}
	if found < listLimit {
		return page, ""
	}
	return page, strconv.Itoa(page + 1)
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
