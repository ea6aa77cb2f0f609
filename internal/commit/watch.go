// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"

	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Watch calls change for each object of the kinds that follow as a cache comes to have it, with another version, and as it goes: old is nil
// for one that is new, now for one that is gone. Both are the cache's own: read only. The returned functions are true once change
// has been called for all objects that were there at first. The calls for one kind come one after the other.
func Watch(ctx context.Context, informers cache.Informers, change func(old, now Followed)) (told []toolscache.InformerSynced, err error) {
	handler := toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { change(nil, followedIn(object)) },
		UpdateFunc: func(old, object any) { change(followedIn(old), followedIn(object)) },
		DeleteFunc: func(object any) { change(followedIn(object), nil) },
	}
	for _, kind := range []client.Object{&video.MuxAsset{}, &video.MuxLiveStream{}, &video.MuxUpload{}} {
		informer, err := informers.GetInformer(ctx, kind)
		if err != nil {
			return nil, err
		}
		registration, err := informer.AddEventHandler(handler)
		if err != nil {
			return nil, err
		}
		told = append(told, registration.HasSynced)
	}
	return told, nil
}

// followedIn is the object that an informer tells of, which of one that is gone may be the last that it knew.
func followedIn(object any) Followed {
	if last, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
		object = last.Obj
	}
	followed, _ := object.(Followed)
	return followed
}
