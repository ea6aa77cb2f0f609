// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/resource"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// uploadCommand uploads files.
type uploadCommand struct {
	*Plugin
	client.WithWatch
	output
	namespace string
	http      *http.Client
	progress  *progress

	// The flags.
	name, environment      string
	policies, renditions   []string
	title, passthrough     string
	quality, tier          string
	normalizeAudio, test   bool
	corsOrigin             string
	validFor, timeout      time.Duration
	chunkSize              string
	parallel               int
	uploadOnly             bool
	chunk                  int64
	environmentRef         video.EnvironmentReference
	pauseAfterFirstFailure time.Duration
}

func newUploadCommand(p *Plugin) *cobra.Command {
	u := &uploadCommand{Plugin: p, http: uploadClient(), pauseAfterFirstFailure: firstPause}
	cmd := &cobra.Command{
		Use:   "upload FILE...",
		Short: "Upload files, wait for the assets that Mux makes of them, and print their URLs",
		Long: "upload makes a MuxUpload for each file, takes the upload URL from its Secret, and sends the file in chunks. Where the\n" +
			"connection is cut it goes on from where Mux is. So does the same command line after it was interrupted, for as long as\n" +
			"the URL is valid (--valid-for). The URL itself is never shown.",
		Example: "  kubectl mux upload intro.mp4\n" +
			"  kubectl mux upload --name launch --title 'The launch' --policy signed launch.mov\n" +
			"  kubectl mux upload *.mp4 --parallel 2 -o json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return u.run(cmd.Context(), files) },
	}
	u.flags(cmd)
	return cmd
}

func (u *uploadCommand) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&u.name, "name", "", "name of the MuxUpload, for one file; made of the file's name when unset")
	u.environmentFlag(cmd, &u.environment)
	f.StringSliceVar(&u.policies, "policy", []string{"public"}, "playback policies of the assets: public, signed; none for an asset that cannot be played")
	f.StringVar(&u.title, "title", "", "title of the assets; players show it")
	f.StringVar(&u.passthrough, "passthrough", "", "text of your own that comes back in webhooks")
	f.StringVar(&u.quality, "video-quality", "", "basic, plus or premium; the account's default when unset")
	f.StringVar(&u.tier, "max-resolution-tier", "", "1080p, 1440p or 2160p; 1080p when unset")
	f.StringSliceVar(&u.renditions, "static-rendition", nil, "files to download: highest, audio-only, or heights such as 720p")
	f.BoolVar(&u.normalizeAudio, "normalize-audio", false, "even out the loudness")
	f.BoolVar(&u.test, "test", false, "make free test assets: 10 s, with a watermark, deleted after 24 h")
	f.StringVar(&u.corsOrigin, "cors-origin", "*", "spec.corsOrigin of the MuxUploads, which matters to browsers alone")
	f.DurationVar(&u.validFor, "valid-for", 24*time.Hour, "how long the upload URL is valid, between 1m and 168h: so long an upload can go on after an interruption")
	f.DurationVar(&u.timeout, "timeout", 15*time.Minute, "how long to wait for the upload URL, and for the asset")
	f.StringVar(&u.chunkSize, "chunk-size", resource.NewQuantity(defaultChunk, resource.BinarySI).String(), "bytes that are sent at once, a multiple of 256Ki")
	f.IntVar(&u.parallel, "parallel", 3, "how many files are uploaded at once")
	f.BoolVar(&u.uploadOnly, "upload-only", false, "end when Mux has the files, and do not wait for the assets")
	u.output.flag(cmd)
	for flag, values := range map[string][]string{
		"policy": {"public", "signed", "none"}, "video-quality": {"basic", "plus", "premium"}, "max-resolution-tier": {"1080p", "1440p", "2160p"},
	} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
	}
}

// environmentFlag is --environment, which names a MuxEnvironment.
func (p *Plugin) environmentFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "environment", "default", "the MuxEnvironment: NAME, or NAMESPACE/NAME for one of another namespace")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("environment", func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return p.completeNames("muxenvironment")(cmd, nil, begun)
	}))
}

// environmentReference is what --environment says, for objects of a namespace.
func environmentReference(flag, namespace string) (ref video.EnvironmentReference, err error) {
	before, name, other := strings.Cut(flag, "/")
	if !other {
		before, name = "", flag
	}
	if name == "" || strings.Contains(name, "/") || (other && before == "") {
		return ref, fmt.Errorf("--environment %q: use NAME or NAMESPACE/NAME", flag)
	}
	if before == namespace {
		before = ""
	}
	return video.EnvironmentReference{Name: name, Namespace: before}, nil
}

// source is a file that is uploaded.
type source struct {
	path, base, object string
	size               int64
	modified           time.Time
}

func (u *uploadCommand) run(ctx context.Context, files []string) error {
	sources, err := u.check(files)
	if err != nil {
		return err
	}
	if u.WithWatch, u.namespace, err = u.watcher(); err != nil {
		return err
	}
	if u.environmentRef, err = environmentReference(u.environment, u.namespace); err != nil {
		return err
	}
	u.progress = newProgress(u.ErrOut, u.now)
	results, failures := make([]*uploaded, len(sources)), make([]error, len(sources))
	var all errgroup.Group
	all.SetLimit(u.parallel)
	lines := make([]*fileProgress, len(sources))
	for i, s := range sources {
		lines[i] = u.progress.add(strings.Map(printable, s.base), s.size)
	}
	for i, s := range sources {
		all.Go(func() error {
			results[i], failures[i] = u.upload(ctx, s, lines[i])
			if failures[i] != nil {
				lines[i].end("failed")
			}
			return nil
		})
	}
	_ = all.Wait() // the errors are in failures
	u.progress.finish()
	return u.report(sources, results, failures)
}

// check looks at flags and files before anything is made.
func (u *uploadCommand) check(files []string) ([]source, error) {
	if err := u.output.check(); err != nil {
		return nil, err
	}
	size, err := resource.ParseQuantity(u.chunkSize)
	if err != nil || size.Value() < chunkGranule || size.Value()%chunkGranule != 0 || size.Value() > 1<<30 {
		return nil, fmt.Errorf("--chunk-size %q: use a multiple of 256Ki, 1Gi at most", u.chunkSize)
	}
	u.chunk = size.Value()
	switch {
	case u.parallel < 1:
		return nil, fmt.Errorf("--parallel %d: use 1 or more", u.parallel)
	case u.validFor < time.Minute || u.validFor > 7*24*time.Hour:
		return nil, fmt.Errorf("--valid-for %s: use 1m to 168h", u.validFor)
	case u.name != "" && len(files) > 1:
		return nil, fmt.Errorf("--name is for one file, there are %d", len(files))
	}
	var sources []source
	for _, path := range files {
		s, err := u.source(path)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(sources, func(o source) bool { return o.object == s.object }); i >= 0 {
			return nil, fmt.Errorf("%s and %s would both be the MuxUpload %s: upload them one by one, with --name", sources[i].path, path, s.object)
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func (u *uploadCommand) source(path string) (source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return source{}, err
	case !info.Mode().IsRegular():
		return source{}, fmt.Errorf("%s is no file", path)
	case info.Size() == 0:
		return source{}, fmt.Errorf("%s is empty", path)
	}
	base := filepath.Base(path)
	s := source{path: path, base: base, object: u.name, size: info.Size(), modified: info.ModTime()}
	if s.object == "" {
		if s.object = slug(strings.TrimSuffix(base, filepath.Ext(base)), longestSlug); s.object == "" {
			return source{}, fmt.Errorf("%s: no name can be made of it; give one with --name", path)
		}
	}
	return s, nil
}
