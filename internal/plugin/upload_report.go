// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// uploads is what `kubectl mux upload` has done.
type uploads struct {
	Uploads []uploaded `json:"uploads"`
	// Failed are the files that are not at Mux, or whose assets are not Ready.
	Failed []failedUpload `json:"failed,omitempty"`
}

// failedUpload is a file of several, and why it failed.
type failedUpload struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// uploaded is a file that is at Mux.
type uploaded struct {
	File string `json:"file"`
	// Upload is the name of its MuxUpload, Asset that of its MuxAsset, and AssetID the id at Mux.
	Upload   string     `json:"upload"`
	Asset    string     `json:"asset,omitempty"`
	AssetID  string     `json:"assetID,omitempty"`
	Playback []playback `json:"playback,omitempty"`
}

// playback is a way to play an asset. Its URLs need a token where the policy is not public.
type playback struct {
	ID        string `json:"id"`
	Policy    string `json:"policy"`
	URL       string `json:"url"`
	Thumbnail string `json:"thumbnail"`
}

// needs is what else a player needs.
func (p *playback) needs() string {
	return suffixIf(p.Policy != "public", "  (policy "+p.Policy+": needs a token)")
}

// playbackOf are the ways to play what has these playback ids.
func playbackOf(ids []video.PlaybackIDStatus) (ways []playback) {
	for _, id := range ids {
		ways = append(ways, playback{ID: id.ID, Policy: id.Policy, URL: id.PlaybackURL(), Thumbnail: id.ThumbnailURL()})
	}
	return ways
}

func (*uploads) kind() string { return "Uploads" }

func (r *uploads) write(to *page) error {
	for _, one := range r.Uploads {
		if err := one.write(to); err != nil {
			return err
		}
	}
	return nil
}

func (r *uploaded) write(to *page) error {
	if r.Asset == "" {
		return to.line("%s  muxupload/%s is uploaded", filepath.Base(r.File), r.Upload)
	}
	if err := to.line("%s  muxasset/%s is %s", filepath.Base(r.File), r.Asset, to.paint(green, "Ready")); err != nil {
		return err
	}
	for _, p := range r.Playback {
		if err := to.line("  playback   %s%s\n  thumbnail  %s%s", p.URL, p.needs(), p.Thumbnail, p.needs()); err != nil {
			return err
		}
	}
	return nil
}

// report prints what has come of the files. One that failed does not hide the others.
func (u *uploadCommand) report(sources []source, results []*uploaded, failures []error) error {
	done := &uploads{Uploads: []uploaded{}}
	for i, err := range failures {
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted; the same command line goes on from where it was")
		}
		if err == nil {
			done.Uploads = append(done.Uploads, *results[i])
			continue
		}
		if len(sources) == 1 {
			return fmt.Errorf("%s: %w", sources[0].path, err)
		}
		fmt.Fprintf(u.ErrOut, "error: %s: %v\n", sources[i].path, err)
		done.Failed = append(done.Failed, failedUpload{sources[i].path, err.Error()})
	}
	if err := u.output.print(u.Plugin, done); err != nil {
		return err
	}
	if failed := len(done.Failed); failed > 0 {
		return fmt.Errorf("%d of %d files failed", failed, len(sources))
	}
	return nil
}
