// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func validUpload() *video.MuxUpload {
	return &video.MuxUpload{ObjectMeta: meta(), Spec: video.MuxUploadSpec{FollowedSpec: followed(), CORSOrigin: "https://example.com"}}
}

func TestMuxUploadValidation(t *testing.T) {
	try(t, validUpload, []row[*video.MuxUpload]{
		{"valid", func(*video.MuxUpload) {}, ""},
		{"any origin", func(u *video.MuxUpload) { u.Spec.CORSOrigin = "*" }, ""},
		{"no origin", func(u *video.MuxUpload) { u.Spec.CORSOrigin = "" }, "corsOrigin is needed"},
		{"imported without origin", func(u *video.MuxUpload) { u.Spec.CORSOrigin, u.Spec.Import = "", &video.ImportSpec{ID: "x"} }, ""},
		{"observe without import", func(u *video.MuxUpload) { u.Spec.ManagementPolicy = video.ManagementPolicyObserve }, "Observe needs import.id"},
		{"too short a time", func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = ptr(int32(59)) }, "timeoutSeconds"},
		{"a week", func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = ptr(int32(604800)) }, ""},
		{"more than a week", func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = ptr(int32(604801)) }, "timeoutSeconds"},
		{"gone at once", func(u *video.MuxUpload) { u.Spec.TTLSecondsAfterFinished = ptr(int32(0)) }, ""},
		{"gone before", func(u *video.MuxUpload) { u.Spec.TTLSecondsAfterFinished = ptr(int32(-1)) }, "ttlSecondsAfterFinished"},
	})
}

// fixedUpload are the fields that Mux fixes when it creates an upload.
var fixedUpload = []fixedField[*video.MuxUpload]{
	{"corsOrigin", func(u *video.MuxUpload) { u.Spec.CORSOrigin = "https://a.example" }, func(u *video.MuxUpload) { u.Spec.CORSOrigin = "*" }, nil},
	{"timeoutSeconds", func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = ptr(int32(60)) }, func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = ptr(int32(61)) }, func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = nil }},
	{"newAssetSettings",
		func(u *video.MuxUpload) { u.Spec.NewAssetSettings = &video.AssetSettings{Passthrough: ptr("a")} },
		func(u *video.MuxUpload) { u.Spec.NewAssetSettings = &video.AssetSettings{Passthrough: ptr("b")} },
		func(u *video.MuxUpload) { u.Spec.NewAssetSettings = nil }},
	{"test", func(u *video.MuxUpload) { u.Spec.Test = ptr(true) }, func(u *video.MuxUpload) { u.Spec.Test = ptr(false) }, func(u *video.MuxUpload) { u.Spec.Test = nil }},
}

func TestMuxUploadFixedAtCreation(t *testing.T) {
	everyField(t, video.MuxUploadSpec{}, "", fixedUpload, "environmentRef", "import", "suspend", "managementPolicy", "deletionPolicy",
		"uploadURLSecret", "asset", "ttlSecondsAfterFinished")
	withID := func(u *video.MuxUpload) { u.Status.ID = "id" }
	withIntent := func(u *video.MuxUpload) { u.Status.Creation = intent() }
	tryFixed(t, validUpload, withID, withIntent, fixedUpload)
}

func TestMuxUploadReferences(t *testing.T) {
	upload := validUpload()
	reach(t, upload, func(u *video.MuxUpload) { u.Status.ID = "id" })
	upload.Spec.EnvironmentRef.Namespace = "other"
	expect(t, api.Update(t.Context(), upload), "environmentRef cannot be changed")
	upload.Spec.EnvironmentRef.Namespace = ""
	upload.Spec.Import = &video.ImportSpec{ID: "another"}
	expect(t, api.Update(t.Context(), upload), "import cannot be changed once the upload is known")
}
