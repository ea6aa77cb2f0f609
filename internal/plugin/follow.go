// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// watchAgain is how long to wait before a watch that has ended is begun anew.
const watchAgain = time.Second

// watcher is a client that watches as well, and the namespace.
func (p *Plugin) watcher() (client.WithWatch, string, error) {
	config, err := p.config()
	if err != nil {
		return nil, "", err
	}
	namespace, err := p.namespace()
	if err != nil {
		return nil, "", err
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, "", fmt.Errorf("reach the API server: %w", err)
	}
	return c, namespace, nil
}

// follower shows an object as it is and after every change, until show says that it is done. An object that is not there, or is
// deleted, is an error.
//
// A watch that the API server ends, also because its resource version is too old, is begun anew with a list. UntilWithSync of
// client-go's tools/watch does that as well, and is not for a person who waits: its informer takes a refusal, such as a missing right,
// for something that passes, so that it would never end, and writes it to the log.
type follower struct {
	client.WithWatch
	kind kind
	key  client.ObjectKey
	show func(object) (done bool, err error)
	// comes is true of an object that somebody is about to make: it is waited for.
	comes bool
	// patient is true where the API server has answered before: that it cannot be reached for a while is borne from the beginning,
	// and not only once the object was seen.
	patient bool
	// again is the pause before the next try; watchAgain when unset.
	again time.Duration

	seen bool
}

// follow ends when show does, or with ctx.
func (f *follower) follow(ctx context.Context) error {
	for {
		done, err := f.once(ctx)
		switch {
		case done:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && (!f.seen && !f.patient || !passes(err)):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(cmp.Or(f.again, watchAgain)):
		}
	}
}

// passes says whether an error of a list or a watch is one of the way to the API server or of its load, or is mended by a new list
// (410).
func passes(err error) bool {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		return code >= http.StatusInternalServerError || code == http.StatusTooManyRequests || code == http.StatusGone
	}
	return isNetwork(err)
}

// once lists, and watches from there until the watch ends; done is true where nothing is to be tried again.
func (f *follower) once(ctx context.Context) (done bool, err error) {
	list := f.kind.list()
	only := &client.ListOptions{Namespace: f.key.Namespace, FieldSelector: fields.OneTermEqualSelector("metadata.name", f.key.Name)}
	if err := f.List(ctx, list, only); err != nil {
		return false, listError(f.kind, err)
	}
	if meta.LenList(list) == 0 && (f.seen || !f.comes) {
		return true, fmt.Errorf("there is no %s %s/%s", f.kind.singular, f.key.Namespace, f.key.Name)
	}
	err = meta.EachListItem(list, func(item runtime.Object) (err error) {
		done, err = f.look(item.(object))
		return err
	})
	if done || err != nil {
		return true, err
	}
	only.Raw = &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}
	changes, err := f.Watch(ctx, f.kind.list(), only)
	if err != nil {
		return false, fmt.Errorf("watch the %s: %w", f.kind.plural, err)
	}
	defer changes.Stop()
	return f.changes(ctx, changes)
}

func (f *follower) look(o object) (done bool, err error) {
	f.seen = true
	return f.show(o)
}

func (f *follower) changes(ctx context.Context, changes watch.Interface) (done bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case change, open := <-changes.ResultChan():
			if !open || change.Type == watch.Error {
				return false, nil
			}
			if change.Type == watch.Deleted {
				return true, fmt.Errorf("the %s %s/%s was deleted", f.kind.singular, f.key.Namespace, f.key.Name)
			}
			if o, ok := change.Object.(object); ok {
				if done, err := f.look(o); done || err != nil {
					return true, err
				}
			}
		}
	}
}

// kindNamed is the kind of that name, which has to be one of ours.
func kindNamed(name string) kind {
	k, err := kindOf(name)
	if err != nil {
		panic(err)
	}
	return k
}
