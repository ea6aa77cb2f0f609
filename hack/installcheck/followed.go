// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// followed is an object that stands for one at Mux.
type followed interface {
	client.Object
	GetFollowedStatus() *video.FollowedStatus
	GetState() string
}

// followed reads the objects of the three kinds, by what they are called.
func (c *check) followed() (map[string]followed, error) {
	var assets video.MuxAssetList
	var streams video.MuxLiveStreamList
	var uploads video.MuxUploadList
	for kind, list := range map[string]any{"muxassets": &assets, "muxlivestreams": &streams, "muxuploads": &uploads} {
		out, err := c.kubectl("", "get", kind, "-A", "-o", "json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(out), list); err != nil {
			return nil, err
		}
	}
	all := map[string]followed{}
	for i := range assets.Items {
		all["muxasset/"+assets.Items[i].Name] = &assets.Items[i]
	}
	for i := range streams.Items {
		all["muxlivestream/"+streams.Items[i].Name] = &streams.Items[i]
	}
	for i := range uploads.Items {
		all["muxupload/"+uploads.Items[i].Name] = &uploads.Items[i]
	}
	return all, nil
}

// sameVersions holds that nobody wrote an object.
func sameVersions(before, after map[string]followed) error {
	if len(before) != len(after) {
		return fmt.Errorf("%d objects before, %d after", len(before), len(after))
	}
	for name, object := range before {
		now, ok := after[name]
		if !ok || now.GetResourceVersion() != object.GetResourceVersion() {
			return fmt.Errorf("%s was written", name)
		}
	}
	return nil
}
