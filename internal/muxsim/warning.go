// SPDX-License-Identifier: Apache-2.0

package muxsim

// What Mux warns of in its documentation, and so by default.
const (
	warningType    = "custom_slate_unavailable"
	warningMessage = "Unable to download custom reconnect slate image -- using black frames for slate if needed."
)

func newWarning(typ, message string) object {
	return object{"type": orDefault(typ, warningType), "message": orDefault(message, warningMessage)}
}

// WarnAsset sends video.asset.warning; nothing else changes. typ and message "" stand for a slate that cannot be had.
func (s *Server) WarnAsset(id, typ, message string) error {
	return s.withAsset(id, "", func(a *asset) error {
		o := object{"id": a.id, "status": a.status, "warning": newWarning(typ, message)}
		o.put("live_stream_id", a.liveStreamID)
		o.put("passthrough", a.settings.Passthrough)
		o.put("source_asset_id", a.sourceAssetID)
		o.put("upload_id", a.uploadID)
		s.emit(a.env, "video.asset.warning", assetObject, a.id, o)
		return nil
	})
}

// WarnLiveStream sends video.live_stream.warning about the stream that an id or a stream key names; see WarnAsset.
func (s *Server) WarnLiveStream(stream, typ, message string) error {
	return s.withStream(stream, func(l *liveStream) error {
		o := object{"id": l.id, "status": l.status, "stream_key": l.streamKey, "warning": newWarning(typ, message)}
		o.put("passthrough", l.passthrough)
		if l.broadcast != nil {
			o["active_asset_id"] = l.broadcast.asset.id
		}
		s.emit(l.env, "video.live_stream.warning", liveObject, l.id, o)
		return nil
	})
}

// trafficWindow is how far a high traffic alert looks back, seconds; Mux's number is not known.
const trafficWindow = 3600

// AlertHighTraffic sends video.delivery.high_traffic about an asset that was watched for more than a number of seconds.
func (s *Server) AlertHighTraffic(assetID string, threshold float64) error {
	return s.withAsset(assetID, "", func(a *asset) error {
		now := s.clock.Now().Unix()
		row := object{
			"asset_id": a.id, "asset_state": a.status, "created_at": a.createdAt.Unix(),
			"delivered_seconds": threshold + 1,
		}
		if a.probed {
			row["asset_duration"] = a.media.duration
		}
		row.put("live_stream_id", a.liveStreamID)
		row.put("passthrough", a.settings.Passthrough)
		id := s.random.uuid()
		s.emit(a.env, "video.delivery.high_traffic", "delivery", id, object{
			"id": id, "threshold": threshold, "timeframe": []int64{now - trafficWindow, now}, "data": []object{row},
		})
		return nil
	})
}
