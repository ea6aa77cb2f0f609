// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// life is what Mux's webhooks say of one asset, from its creation until it is ready, as the simulator of Mux tells it.
type life struct {
	events []event
	ready  int // the event that says the most: the snapshot of the asset that is ready
}

// spec is an asset with three text tracks and two renditions. Its title is changed later: 13 events in all.
const spec = `{"inputs":[{"url":"https://example.com/film.mp4"},
	{"url":"https://example.com/de.vtt","type":"text","text_type":"subtitles","language_code":"de","name":"Deutsch"},
	{"url":"https://example.com/en.vtt","type":"text","text_type":"subtitles","language_code":"en","name":"English"},
	{"url":"https://example.com/fr.vtt","type":"text","text_type":"subtitles","language_code":"fr","name":"Français"}],
	"playback_policies":["public"],"passthrough":"film-17","meta":{"title":"A film of the typical kind"},
	"static_renditions":[{"resolution":"highest"},{"resolution":"audio-only"}]}`

// newLife plays one at a simulated Mux.
func newLife() (*life, error) {
	clock := muxsim.NewManualClock(time.Now().Add(-time.Hour).Truncate(time.Second))
	mux := muxsim.New(muxsim.Options{Clock: clock, Environments: []muxsim.Environment{{
		ID: environmentID, Tokens: []muxsim.Token{{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}},
	}}})
	if err := mux.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	defer mux.Close()
	assets := mux.URL() + "/video/v1/assets"
	if err := call(http.MethodPost, assets, spec); err != nil {
		return nil, err
	}
	clock.Advance(time.Minute)
	l := &life{}
	l.add(mux)
	created := assetID.FindStringSubmatch(string(mux.Recorded()[0].Body))
	if created == nil {
		return nil, errors.New("the simulator's first event names no asset")
	}
	if err := call(http.MethodPatch, assets+"/"+created[1], `{"meta":{"title":"`+lastTitle+`"}}`); err != nil {
		return nil, err
	}
	l.add(mux)
	if len(l.events) != perLife {
		return nil, fmt.Errorf("a life has %d events, want %d", len(l.events), perLife)
	}
	return l, nil
}

// lastTitle is what the last event of a life tells.
const lastTitle = "Another title"

// perLife is how many events a life has.
const perLife = 13

// add what the simulator has told since.
func (l *life) add(mux *muxsim.Server) {
	for _, event := range mux.Recorded()[len(l.events):] {
		l.events = append(l.events, newEvent(string(event.Body)))
		if event.Type == "video.asset.ready" {
			l.ready = len(l.events) - 1
		}
	}
}

// call the simulator of Mux.
func call(method, url, body string) error {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth(muxsim.DefaultTokenID, muxsim.DefaultTokenSecret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	return nil
}

// ids are what the simulator has chosen: those of assets and their parts, and those of events.
var ids = regexp.MustCompile(`[A-Za-z0-9]{24,}|-[0-9a-f]{12}"`)

// event is what Mux says, cut where the number of the asset belongs, which makes its ids those of another asset.
type event []string

func newEvent(body string) (e event) {
	rest := 0
	for _, at := range ids.FindAllStringIndex(body, -1) {
		end := at[1]
		if body[end-1] == '"' {
			end--
		}
		e = append(e, body[rest:end-digits])
		rest = end
	}
	return append(e, body[rest:])
}

const digits = 8

// of is the event as it would be said of another asset.
func (l *life) of(asset, event int) []byte {
	number := fmt.Sprintf("%0*d", digits, asset)
	return []byte(strings.Join(l.events[event], number))
}

// changed is a later snapshot of the asset, that differs from the one before.
func (l *life) changed(asset, n int) []byte {
	body := string(l.of(asset, l.ready))
	body = createdAt.ReplaceAllString(body, fmt.Sprintf(`"created_at":"%s"`, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")))
	return []byte(duration.ReplaceAllString(body, fmt.Sprintf(`"duration":%d.5`, 10+n)))
}

var (
	createdAt = regexp.MustCompile(`"created_at":"[^"]+"`)
	duration  = regexp.MustCompile(`"duration":[0-9.]+`)
)

var assetID = regexp.MustCompile(`"object":\{[^}]*"id":"([^"]+)"`)

// id is that of an asset.
func (l *life) id(asset int) string {
	found := assetID.FindSubmatch(l.of(asset, 0))
	if found == nil {
		return ""
	}
	return string(found[1])
}

// sign gives the header that Mux signs a body with.
func sign(body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(signingSecret))
	mac.Write([]byte(t))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// request is a webhook, signed now.
func request(url string, body []byte) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(err) // the URL is our own
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Mux-Signature", sign(body, time.Now()))
	return r
}
