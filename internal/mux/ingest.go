// SPDX-License-Identifier: Apache-2.0

package mux

import "net/url"

// Where encoders send to; the same for all live streams.
const (
	RTMPIngest  = "rtmp://global-live.mux.com:5222/app"
	RTMPSIngest = "rtmps://global-live.mux.com:443/app"
	SRTIngest   = "srt://global-live.mux.com:6001"
)

// SRTURL is the address for SRT with the stream key and, where there is one, the passphrase, as SRT takes them.
func SRTURL(streamKey, passphrase Secret) Secret {
	query := url.Values{"streamid": {streamKey.Reveal()}}
	if passphrase != "" {
		query.Set("passphrase", passphrase.Reveal())
	}
	return Secret(SRTIngest + "?" + query.Encode())
}
