// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
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

// follow shows an object as it is and after every change, until show says that it is done. An object that is not there, or is
// deleted, is an error. A watch that the API server ends is begun anew.
func follow(ctx context.Context, c client.WithWatch, k kind, key client.ObjectKey, show func(object) (done bool, err error)) error {
	return followFrom(ctx, c, k, key, false, show)
}

// followNew is follow for an object that somebody is about to make: it is waited for.
func followNew(ctx context.Context, c client.WithWatch, k kind, key client.ObjectKey, show func(object) (done bool, err error)) error {
	return followFrom(ctx, c, k, key, true, show)
}

func followFrom(ctx context.Context, c client.WithWatch, k kind, key client.ObjectKey, comes bool, show func(object) (done bool, err error)) error {
	for seen := false; ; {
		done, err := followOnce(ctx, c, k, key, comes && !seen, func(o object) (bool, error) {
			seen = true
			return show(o)
		})
		switch {
		case done:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && (!seen || !passes(err)):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(watchAgain):
		}
	}
}

// passes says whether an error of a watch is one of the way to the API server, which may be there again in a moment.
func passes(err error) bool {
	return apierrors.IsServerTimeout(err) || apierrors.IsTooManyRequests(err) || apierrors.IsServiceUnavailable(err) ||
		apierrors.IsInternalError(err) || apierrors.IsTimeout(err) || isNetwork(err)
}

func followOnce(ctx context.Context, c client.WithWatch, k kind, key client.ObjectKey, comes bool, show func(object) (bool, error)) (bool, error) {
	list := k.list()
	only := &client.ListOptions{Namespace: key.Namespace, FieldSelector: fields.OneTermEqualSelector("metadata.name", key.Name)}
	if err := c.List(ctx, list, only); err != nil {
		return false, err
	}
	if meta.LenList(list) == 0 && !comes {
		return false, fmt.Errorf("there is no %s %s/%s", k.singular, key.Namespace, key.Name)
	}
	done := false
	err := meta.EachListItem(list, func(item runtime.Object) (err error) {
		done, err = show(item.(object))
		return err
	})
	if done || err != nil {
		return true, err
	}
	only.Raw = &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}
	changes, err := c.Watch(ctx, k.list(), only)
	if err != nil {
		return false, err
	}
	defer changes.Stop()
	return followChanges(ctx, changes, k, key, show)
}

func followChanges(ctx context.Context, changes watch.Interface, k kind, key client.ObjectKey, show func(object) (bool, error)) (bool, error) {
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case change, open := <-changes.ResultChan():
			if !open || change.Type == watch.Error {
				return false, nil
			}
			if change.Type == watch.Deleted {
				return true, fmt.Errorf("the %s %s/%s was deleted", k.singular, key.Namespace, key.Name)
			}
			if o, ok := change.Object.(object); ok {
				if done, err := show(o); done || err != nil {
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
