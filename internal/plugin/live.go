// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// liveCommand follows a live stream.
type liveCommand struct {
	*Plugin
	client.WithWatch

	format, until string
	showKey       bool
	timeout       time.Duration
}

// untils are the states that --until takes.
var untils = []string{projection.StateIdle, projection.StateActive}

func newLiveCommand(p *Plugin) *cobra.Command {
	l := &liveCommand{Plugin: p}
	cmd := &cobra.Command{
		Use:   "live NAME",
		Short: "Show where an encoder sends a live stream to, and follow its broadcast as it happens",
		Long: "live shows the ingest URLs of a MuxLiveStream, and then what changes, as the webhooks of Mux tell it, until it is\n" +
			"interrupted or the live stream has the state of --until: at once where it has it already. The stream key, and what has\n" +
			"it in it, is shown with --show-key alone.",
		Example: "  kubectl mux live studio\n" +
			"  kubectl mux live studio --show-key --until=active\n" +
			"  kubectl mux live studio -o json | jq -r 'select(.event == \"asset\").assetID'",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeNames("muxlivestream"),
		RunE:              func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().BoolVar(&l.showKey, "show-key", false, "show the stream key, from its Secret")
	cmd.Flags().StringVar(&l.until, "until", "", "end when the state is idle or active; unset follows until it is interrupted")
	cmd.Flags().DurationVar(&l.timeout, "timeout", 0, "how long to follow, such as 1h; 0 is without an end. With --until it is an error when the time is over")
	cmd.Flags().StringVarP(&l.format, "output", "o", formatTable, "table, or json for an object on each line")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("until", cobra.FixedCompletions(untils, cobra.ShellCompDirectiveNoFileComp)))
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{formatTable, formatJSON}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func (l *liveCommand) run(ctx context.Context, name string) error {
	switch {
	case l.format != formatTable && l.format != formatJSON:
		return fmt.Errorf("--output %q: use table or json", l.format)
	case l.until != "" && !slices.Contains(untils, l.until):
		return fmt.Errorf("--until %q: use %s", l.until, strings.Join(untils, " or "))
	case l.timeout < 0:
		return fmt.Errorf("--timeout %s: use a time such as 1h", l.timeout)
	}
	c, namespace, err := l.watcher()
	if err != nil {
		return err
	}
	l.WithWatch = c
	if l.timeout > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, l.timeout, errOver)
		defer cancel()
		ctx = timed
	}
	err = l.follow(ctx, client.ObjectKey{Namespace: namespace, Name: name})
	switch over := errors.Is(err, context.Canceled) || errors.Is(err, errOver); {
	case over && l.until == "":
		return nil // whoever interrupts has seen enough
	case errors.Is(err, errOver):
		return fmt.Errorf("the live stream was not %s within %s", l.until, l.timeout)
	}
	return err
}

// errOver ends what has lasted for --timeout.
var errOver = errors.New("the time is over")

// follow prints how things are, and then each change.
func (l *liveCommand) follow(ctx context.Context, key client.ObjectKey) error {
	var before *video.MuxLiveStream
	printer := l.printer()
	f := &follower{WithWatch: l, kind: kindNamed("MuxLiveStream"), key: key}
	f.show = func(o object) (bool, error) {
		stream := o.(*video.MuxLiveStream)
		if before == nil {
			ingest, err := l.ingest(ctx, stream)
			if err != nil {
				return false, err
			}
			printer(ingest)
		}
		for _, event := range l.changes(ctx, before, stream) {
			printer(event)
		}
		before = stream
		return l.until != "" && stream.Status.State == l.until, nil
	}
	return f.follow(ctx)
}

// ingest says where an encoder sends to.
func (l *liveCommand) ingest(ctx context.Context, stream *video.MuxLiveStream) (liveEvent, error) {
	event := liveEvent{Event: eventIngest, RTMPS: mux.RTMPSIngest, SRT: mux.SRTIngest, Playback: playbackOf(stream.Status.PlaybackIDs)}
	if !l.showKey {
		return event, nil
	}
	name := streamKeySecretName(stream)
	if name == "" {
		return event, fmt.Errorf("the stream key of an imported live stream is in no Secret: name one in spec.streamKeySecret")
	}
	secret := &corev1.Secret{}
	if err := l.Get(ctx, client.ObjectKey{Namespace: stream.Namespace, Name: name}, secret); err != nil {
		return event, fmt.Errorf("read the stream key: %w", err)
	}
	if secret.Annotations[video.AnnotationID] != stream.Status.ID || len(secret.Data["streamKey"]) == 0 {
		return event, fmt.Errorf("the Secret %s has no key of this live stream; try again in a moment", name)
	}
	event.StreamKey, event.SRT = string(secret.Data["streamKey"]), string(secret.Data["srtURL"])
	return event, nil
}

// streamKeySecretName is the Secret with the stream key, "" for none.
func streamKeySecretName(stream *video.MuxLiveStream) string {
	switch {
	case stream.Spec.StreamKeySecret != nil:
		return stream.Spec.StreamKeySecret.Name
	case stream.Spec.Import != nil:
		return ""
	default:
		return projection.SuffixedName(stream.Name, "-stream-key")
	}
}

// objectOf is the MuxAsset of a recording; "" where there is none, or it may not be read.
func (l *liveCommand) objectOf(ctx context.Context, namespace, assetID string) (name string) {
	if assetID == "" {
		return ""
	}
	_ = eachObject(ctx, l, kindNamed("MuxAsset"), selection{namespace: namespace}, func(o object) {
		if asset := o.(*video.MuxAsset); asset.GetMuxID() == assetID {
			name = asset.Name
		}
	})
	return name
}
