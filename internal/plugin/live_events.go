// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Events of a live stream.
const (
	eventIngest    = "ingest"
	eventState     = "state"
	eventEncoder   = "encoder"
	eventRecording = "recording"
	eventAsset     = "asset"
	eventSimulcast = "simulcast"
	eventStalled   = "stalled"
)

// liveEvent is something that has happened to a live stream, or how it is at the beginning. With -o json it is one line.
type liveEvent struct {
	// Time is when this program saw it, RFC 3339.
	Time  string `json:"time"`
	Event string `json:"event"`
	// From and To are of a state, of the stream or a simulcast target; From is "" at the beginning.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// AssetID is a recording, and Asset its MuxAsset where there is one.
	AssetID string `json:"assetID,omitempty"`
	Asset   string `json:"asset,omitempty"`
	// Target is a simulcast target, and Severity that of its error.
	Target   string `json:"target,omitempty"`
	Severity string `json:"severity,omitempty"`
	// Message is why nothing goes on.
	Message string `json:"message,omitempty"`
	// Protocol is that of an encoder, rtmp or srt, where Mux tells it.
	Protocol string `json:"protocol,omitempty"`
	// RTMPS, SRT and StreamKey are for an encoder, Playback is for players.
	RTMPS     string     `json:"rtmps,omitempty"`
	SRT       string     `json:"srt,omitempty"`
	StreamKey string     `json:"streamKey,omitempty"`
	Playback  []playback `json:"playback,omitempty"`
}

// changes are what happened between two versions of a live stream, in the order in which it does; all that is, where there is no
// earlier one.
func (l *liveCommand) changes(ctx context.Context, before, after *video.MuxLiveStream) (events []liveEvent) {
	was, is := &video.MuxLiveStreamStatus{}, &after.Status
	if before != nil {
		was = &before.Status
	}
	if was.Connected != is.Connected {
		events = append(events, liveEvent{Event: eventEncoder, To: word(is.Connected, "connected", "disconnected"), Protocol: word(is.Connected, is.ActiveIngestProtocol, "")})
	}
	if was.ActiveAssetID != is.ActiveAssetID && is.ActiveAssetID != "" {
		events = append(events, liveEvent{Event: eventAsset, AssetID: is.ActiveAssetID, Asset: l.objectOf(ctx, after.Namespace, is.ActiveAssetID)})
	}
	if was.Recording != is.Recording {
		events = append(events, liveEvent{Event: eventRecording, To: word(is.Recording, "on", "off")})
	}
	if was.State != is.State {
		events = append(events, liveEvent{Event: eventState, From: was.State, To: is.State})
	}
	events = append(events, simulcastChanges(was.SimulcastTargets, is.SimulcastTargets)...)
	if err := stalled(after); err != nil && (before == nil || stalled(before) == nil || stalled(before).Error() != err.Error()) {
		events = append(events, liveEvent{Event: eventStalled, Message: err.Error()})
	}
	return events
}

func simulcastChanges(was, is []video.SimulcastTargetStatus) (events []liveEvent) {
	for _, target := range is {
		from := ""
		if i := slices.IndexFunc(was, func(t video.SimulcastTargetStatus) bool { return t.ID == target.ID }); i >= 0 {
			from = was[i].Status
		}
		if from != target.Status {
			name := target.Name
			if name == "" {
				name = target.ID
			}
			events = append(events, liveEvent{Event: eventSimulcast, Target: name, From: from, To: target.Status, Severity: target.ErrorSeverity})
		}
	}
	return events
}

func word(which bool, yes, no string) string {
	if which {
		return yes
	}
	return no
}

// printer prints events as they come.
func (l *liveCommand) printer() func(liveEvent) {
	paint := painter(l.Out)
	return func(event liveEvent) {
		now := l.now()
		if l.format == formatJSON {
			event.Time = now.UTC().Format(time.RFC3339)
			line, err := json.Marshal(event)
			if err != nil {
				panic(err) // it has nothing but texts
			}
			fmt.Fprintln(l.Out, string(line))
			return
		}
		if event.Event == eventIngest {
			fmt.Fprint(l.Out, harmless(event.ingestText()))
			return
		}
		fmt.Fprintln(l.Out, now.Format(time.TimeOnly), "", harmless(event.text(paint)))
	}
}

// ingestText is what a person types into an encoder.
func (e *liveEvent) ingestText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "RTMPS       %s\n", e.RTMPS)
	if e.StreamKey == "" {
		fmt.Fprintf(&b, "SRT         %s\nstream key  not shown; --show-key shows it, and the whole URL for SRT\n", e.SRT)
	} else {
		fmt.Fprintf(&b, "stream key  %s\nSRT         %s\n", e.StreamKey, e.SRT)
	}
	for _, p := range e.Playback {
		fmt.Fprintf(&b, "playback    %s%s\n", p.URL, p.needs())
	}
	b.WriteByte('\n')
	return b.String()
}

// text is what a person reads.
func (e *liveEvent) text(paint func(colour, string) string) string {
	switch e.Event {
	case eventState:
		return "state " + arrow(e.From, paint(stateColour(e.To), word(e.To == "", "unknown", e.To)))
	case eventEncoder:
		return "encoder " + e.To + suffixIf(e.Protocol != "", " over "+e.Protocol)
	case eventRecording:
		return "recording " + e.To
	case eventAsset:
		return "recording to asset " + e.AssetID + suffixIf(e.Asset != "", " (muxasset/"+e.Asset+")")
	case eventSimulcast:
		return "simulcast " + e.Target + " " + arrow(e.From, paint(stateColour(e.To), e.To)) + suffixIf(e.Severity != "", " ("+e.Severity+")")
	default:
		return paint(red, "stalled: ") + e.Message
	}
}

func arrow(from, to string) string { return suffixIf(from != "", from+" -> ") + to }

func stateColour(state string) colour {
	switch state {
	case "active", "broadcasting":
		return green
	case "errored", "deleted":
		return red
	case "disabled":
		return yellow
	}
	return plain
}
