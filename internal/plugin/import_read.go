// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// pageSize is the most that Mux lists at once.
const pageSize = 100

// reader reads Mux with the credentials of the environment, with its limits of requests.
func (i *importCommand) reader(ctx context.Context) (*mux.Client, error) {
	env := &video.MuxEnvironment{}
	key := environment.Key(i.ref, i.namespace)
	if err := i.Get(ctx, key, env); err != nil {
		return nil, fmt.Errorf("read the MuxEnvironment: %w", err)
	}
	credentials, err := environment.Credentials(ctx, env, &environment.Secrets{Metadata: i.Client, Live: i.Client})
	if err != nil {
		return nil, err
	}
	c, err := mux.New(mux.Config{
		BaseURL: env.Spec.APIURL, Credentials: credentials, Budget: mux.NewBudget(mux.DefaultLimits), UserAgent: i.userAgent(),
	})
	if err != nil {
		return nil, fmt.Errorf("spec.apiURL of the MuxEnvironment %s: %w", key, err)
	}
	who, err := c.WhoAmI(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask Mux who the credentials of the MuxEnvironment %s are: %w", key, err)
	case env.Status.EnvironmentID != "" && env.Status.EnvironmentID != who.Value.EnvironmentID:
		return nil, fmt.Errorf("the credentials are of the Mux environment %s, and the MuxEnvironment %s is %s", who.Value.EnvironmentID, key, env.Status.EnvironmentID)
	}
	return c, nil
}

// claim is an object that has an id of Mux.
type claim struct{ kind, namespace, name string }

// readClaims finds out which ids objects of the cluster have, and which names of this namespace are taken; where only the own
// namespace may be read, in that.
func (i *importCommand) readClaims(ctx context.Context) error {
	i.claimed = map[string]claim{}
	for _, name := range importable {
		k, err := kindOf(name)
		if err != nil {
			return err
		}
		list := k.list()
		err = i.List(ctx, list)
		if apierrors.IsForbidden(err) {
			fmt.Fprintf(i.ErrOut, "%s of other namespaces may not be read: what they have at Mux is not left out\n", k.plural)
			err = i.List(ctx, list, client.InNamespace(i.namespace))
		}
		if err != nil {
			return fmt.Errorf("read the %s: %w", k.plural, err)
		}
		_ = meta.EachListItem(list, func(item runtime.Object) error {
			o := item.(interface {
				client.Object
				GetMuxIDs() []string
			})
			for _, id := range o.GetMuxIDs() {
				i.claimed[id] = claim{k.singular, o.GetNamespace(), o.GetName()}
			}
			if o.GetNamespace() == i.namespace {
				i.names.taken[k.singular+"/"+o.GetName()] = true
			}
			return nil
		})
	}
	return nil
}

// isClaimed counts what an object has already.
func (i *importCommand) isClaimed(id string) bool {
	if _, ok := i.claimed[id]; !ok {
		return false
	}
	i.skipped++
	return true
}

// importIDs looks for each id among the assets and then among the live streams.
func (i *importCommand) importIDs(ctx context.Context, c *mux.Client, ids []string) error {
	failed := 0
	for _, id := range ids {
		if by, ok := i.claimed[id]; ok {
			fmt.Fprintf(i.ErrOut, "%s: %s/%s of the namespace %s has it already\n", id, by.kind, by.name, by.namespace)
			i.skipped++
			continue
		}
		if i.twice(id) {
			continue
		}
		err := i.importID(ctx, c, id)
		switch {
		case err == nil:
		case len(ids) == 1 || ctx.Err() != nil:
			return err
		default: // it does not hide the others
			failed++
			fmt.Fprintf(i.ErrOut, "error: %v\n", err)
		}
	}
	if failed > 0 {
		i.summarize()
		return fmt.Errorf("%d of %d ids failed", failed, len(ids))
	}
	return nil
}

// twice says whether an id has come before: on the command line, or on the page before, since what is made between two pages moves
// the others on.
func (i *importCommand) twice(id string) bool {
	before := i.seen[id]
	i.seen[id] = true
	return before
}

func (i *importCommand) importID(ctx context.Context, c *mux.Client, id string) error {
	asset, err := answered(ctx, func() (mux.Answer[mux.Asset], error) { return c.GetAsset(ctx, id) })
	if err == nil {
		return i.writeAsset(&asset)
	}
	if !mux.IsNotFound(err) && !mux.IsMalformedID(err) {
		return fmt.Errorf("read the asset %s: %w", id, err)
	}
	stream, err := answered(ctx, func() (mux.Answer[mux.LiveStream], error) { return c.GetLiveStream(ctx, id) })
	switch {
	case err == nil:
		return i.writeLiveStream(&stream)
	case mux.IsNotFound(err) || mux.IsMalformedID(err):
		return fmt.Errorf("there is no asset and no live stream %s in this environment, or the access token may not read Mux Video", id)
	}
	return fmt.Errorf("read the live stream %s: %w", id, err)
}

// importAll reads page by page, the newest first.
func (i *importCommand) importAll(ctx context.Context, c *mux.Client) error {
	var oldest time.Time
	if i.since > 0 {
		oldest = i.now().Add(-i.since)
	}
	if slices.Contains(i.kinds, "muxasset") {
		if err := i.allAssets(ctx, c, oldest); err != nil {
			return err
		}
	}
	if slices.Contains(i.kinds, "muxlivestream") {
		return i.allLiveStreams(ctx, c, oldest)
	}
	return nil
}

func (i *importCommand) allAssets(ctx context.Context, c *mux.Client, oldest time.Time) error {
	for cursor := ""; ; {
		page, err := answered(ctx, func() (mux.Answer[mux.AssetPage], error) {
			return c.ListAssets(ctx, mux.ListAssetsOptions{Limit: pageSize, Cursor: cursor})
		})
		if err != nil {
			return fmt.Errorf("list the assets: %w", err)
		}
		for n := range page.Items {
			asset := &page.Items[n]
			switch {
			case i.twice(asset.ID):
				continue
			case asset.CreatedAt.Before(oldest):
				return nil
			case i.isClaimed(asset.ID):
				continue
			case asset.Status == "errored":
				i.errored++
				continue
			}
			if err := i.writeAsset(asset); err != nil {
				return err
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}

func (i *importCommand) allLiveStreams(ctx context.Context, c *mux.Client, oldest time.Time) error {
	for number := 1; ; number++ {
		streams, err := answered(ctx, func() (mux.Answer[[]mux.LiveStream], error) { return c.ListLiveStreams(ctx, pageSize, number) })
		if err != nil {
			return fmt.Errorf("list the live streams: %w", err)
		}
		for n := range streams {
			if streams[n].CreatedAt.Before(oldest) {
				return nil
			}
			if i.twice(streams[n].ID) || i.isClaimed(streams[n].ID) {
				continue
			}
			if err := i.writeLiveStream(&streams[n]); err != nil {
				return err
			}
		}
		if len(streams) < pageSize {
			return nil
		}
	}
}

// mostTries of a call that Mux puts off; the budget has waited as long as Mux asked before each.
const mostTries = 5

// answered is the value of an answer. A call that Mux puts off is made again: reading twice costs nothing.
func answered[T any](ctx context.Context, call func() (mux.Answer[T], error)) (T, error) {
	for try := 1; ; try++ {
		answer, err := call()
		if err == nil || ctx.Err() != nil || try == mostTries || !(mux.IsThrottled(err) || mux.IsTransient(err)) {
			return answer.Value, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try) * time.Second / 2):
		}
	}
}
