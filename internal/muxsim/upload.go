// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Bounds and default of an upload's timeout, seconds.
const (
	defaultUploadTimeout  = 3600
	shortestUploadTimeout = 60
	longestUploadTimeout  = 604800
)

// The status of an upload, apart from errored.
const (
	waiting      = "waiting"
	assetCreated = "asset_created"
	cancelled    = "cancelled"
	timedOut     = "timed_out"
)

var uploadRoutes = []route{
	videoRoute(http.MethodPost, "/uploads", createUpload),
	videoRoute(http.MethodGet, "/uploads", listUploads),
	videoRoute(http.MethodGet, "/uploads/{id}", func(c *call) (answer, *refusal) { return get(c, &c.env.uploads) }),
	videoRoute(http.MethodPut, "/uploads/{id}/cancel", cancelUpload),
}

// upload is a direct upload.
type upload struct {
	record
	env              *environment
	status, url, key string // key is what the URL's signature must be
	corsOrigin       string
	timeout          int
	test             bool
	newAsset         newAssetSettings
	assetID          string
	expiry           *timer
	received         int64 // bytes of the file that came in chunks
}

// render writes the upload. Its webhooks have no error where REST has one.
func (u *upload) render(f flavour) object {
	o := object{"id": u.id, "status": u.status, "timeout": u.timeout, "cors_origin": u.corsOrigin}
	o.put("test", u.test)
	o.put("new_asset_settings", u.newAsset)
	o.put("asset_id", u.assetID)
	if u.status == waiting {
		o["url"] = u.url
	}
	if u.status == errored && f == rest {
		o["error"] = object{"type": "invalid_input", "message": "The asset could not be made from the upload."}
	}
	return o
}

func (s *Server) keepUpload(u *upload) {
	u.save(s.clock.Now(), encode(u.render(rest)))
}

// moveUpload gives the upload a new status and announces it under the same name.
func (s *Server) moveUpload(u *upload, status string) {
	s.stop(u.expiry)
	u.status = status
	s.keepUpload(u)
	s.emit(u.env, "video.upload."+status, uploadObject, u.id, u.render(webhook))
}

func (s *Server) failUpload(u *upload) { s.moveUpload(u, errored) }

func createUpload(c *call) (answer, *refusal) {
	var request struct {
		CORSOrigin       string          `json:"cors_origin"`
		Timeout          *int            `json:"timeout"`
		Test             bool            `json:"test"`
		NewAssetSettings json.RawMessage `json:"new_asset_settings"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if request.CORSOrigin == "" {
		return refuse(invalid("cors_origin: required"))
	}
	timeout := defaultUploadTimeout
	set(&timeout, request.Timeout)
	settings, r := readNewAssetSettings(request.NewAssetSettings)
	if r := firstRefusal(r, checkRange("timeout", float64(timeout), shortestUploadTimeout, longestUploadTimeout)); r != nil {
		return refuse(r)
	}
	s := c.s
	s.seq++
	u := &upload{
		record: record{id: s.random.id(resourceIDBytes), seq: s.seq, createdAt: c.now},
		env:    c.env, status: waiting, key: s.random.lowerAlnum(secretLength), corsOrigin: request.CORSOrigin,
		timeout: timeout, test: request.Test, newAsset: settings,
	}
	u.url = fmt.Sprintf("http://%s/_sim/uploads/%s?signature=%s", c.host, u.id, u.key)
	c.env.uploads.add(u)
	u.expiry = s.after(time.Duration(timeout)*time.Second, func() { // Mux sends no event for this end
		u.status = timedOut
		s.keepUpload(u)
	})
	s.keepUpload(u)
	s.emit(u.env, "video.upload.created", uploadObject, u.id, u.render(webhook))
	return created(u.render(rest))
}

func listUploads(c *call) (answer, *refusal) {
	p, r := c.page()
	if r != nil {
		return refuse(r)
	}
	items, _ := list(c, &c.env.uploads, p, func(*upload) bool { return true })
	return ok(items)
}

func cancelUpload(c *call) (answer, *refusal) {
	if !wellFormedID(c.value("id")) {
		return refuse(malformedID())
	}
	u, known := c.env.uploads.find(c.value("id"))
	if !known {
		return refuse(notFound())
	}
	if u.status != waiting {
		return refuse(&refusal{http.StatusForbidden, "forbidden", []string{"The upload is no longer waiting"}})
	}
	c.s.moveUpload(u, cancelled)
	return ok(u.render(rest))
}

// FinishUpload does what the last byte of a waiting upload does, and returns the id of the asset made.
func (s *Server) FinishUpload(id string) (assetID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range s.environments {
		if u, known := env.uploads.find(id); known && u.status == waiting {
			return s.finishUpload(u), nil
		}
	}
	return "", fmt.Errorf("muxsim: no upload %s waits", id)
}

func (s *Server) finishUpload(u *upload) string {
	settings, _ := u.newAsset.settings() // was checked when the upload was made
	settings.Test = settings.Test || u.test
	a := s.newAsset(u.env, settings, func(a *asset) {
		a.ingestType, a.uploadID = "on_demand_direct_upload", u.id
		u.assetID = a.id
		s.moveUpload(u, assetCreated)
	})
	return a.id
}
