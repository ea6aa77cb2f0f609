// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// object is one of ours.
type object interface {
	client.Object
	GetConditions() []metav1.Condition
}

// kind is one of ours, and the names that kubectl knows it by.
type kind struct {
	name, singular, plural, short string
	empty                         func() object
	list                          func() client.ObjectList
}

// kinds are all, in the order in which they are shown.
var kinds = []kind{
	{
		"MuxEnvironment", "muxenvironment", "muxenvironments", "mxe",
		func() object { return &video.MuxEnvironment{} }, func() client.ObjectList { return &video.MuxEnvironmentList{} },
	},
	{
		"MuxAsset", "muxasset", "muxassets", "mxa",
		func() object { return &video.MuxAsset{} }, func() client.ObjectList { return &video.MuxAssetList{} },
	},
	{
		"MuxLiveStream", "muxlivestream", "muxlivestreams", "mxl",
		func() object { return &video.MuxLiveStream{} }, func() client.ObjectList { return &video.MuxLiveStreamList{} },
	},
	{
		"MuxUpload", "muxupload", "muxuploads", "mxu",
		func() object { return &video.MuxUpload{} }, func() client.ObjectList { return &video.MuxUploadList{} },
	},
}

// kindOf finds a kind by any name that kubectl takes: muxasset, muxassets, mxa, muxassets.video.mux.com.
func kindOf(name string) (kind, error) {
	short, _, _ := strings.Cut(strings.ToLower(name), ".")
	for _, k := range kinds {
		if slices.Contains([]string{k.singular, k.plural, k.short}, short) {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("%q is no kind of mux-operator: use %s", name, strings.Join(singulars(), ", "))
}

func singulars() (names []string) {
	for _, k := range kinds {
		names = append(names, k.singular)
	}
	return names
}

// target is the object that the arguments name: KIND/NAME or KIND NAME.
func target(args []string) (kind, string, error) {
	if len(args) == 1 {
		args = strings.SplitN(args[0], "/", 2)
	}
	if len(args) != 2 || args[0] == "" || args[1] == "" {
		return kind{}, "", fmt.Errorf("name one object, such as muxasset/intro")
	}
	k, err := kindOf(args[0])
	return k, args[1], err
}
