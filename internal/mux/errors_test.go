// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// kinds are the predicates, one of which is true of every error.
var kinds = map[Kind]func(error) bool{
	KindTransient: IsTransient, KindUnknownOutcome: IsUnknownOutcome, KindThrottled: IsThrottled, KindNotFound: IsNotFound,
	KindMalformedID: IsMalformedID, KindUnauthorized: IsUnauthorized, KindForbidden: IsForbidden, KindInvalid: IsInvalid,
	KindPlanLimit: IsPlanLimit, KindNotWaiting: IsNotWaiting,
}

// wantKind checks what kind an error is, and that it is no other.
func wantKind(t *testing.T, err error, want Kind) {
	t.Helper()
	for kind, is := range kinds {
		if is(err) != (kind == want) {
			t.Errorf("%v: kind %d is %v, want kind %d", err, kind, is(err), want)
		}
		if is(fmt.Errorf("wrapped: %w", err)) != (kind == want) {
			t.Errorf("wrapped, %v is another kind", err)
		}
	}
	if err == nil || !strings.HasSuffix(err.Error(), hints[want]) {
		t.Errorf("%v does not say what to do next", err)
	}
}

// The calls that errors are told apart by: a change that must not be repeated, one that may, and a read.
var (
	create = func(ctx context.Context, c *Client) error {
		_, err := c.CreateAsset(ctx, CreateAssetRequest{})
		return err
	}
	update = func(ctx context.Context, c *Client) error {
		_, err := c.UpdateAsset(ctx, "a", UpdateAssetRequest{})
		return err
	}
	get = func(ctx context.Context, c *Client) error {
		_, err := c.GetAsset(ctx, "a")
		return err
	}
	cancelUpload = func(ctx context.Context, c *Client) error {
		_, err := c.CancelUpload(ctx, "a")
		return err
	}
)

// TestErrors is what each answer of Mux, or of something in between, means.
func TestErrors(t *testing.T) {
	muxError := func(kind string, messages ...string) string {
		return fmt.Sprintf(`{"error":{"type":%q,"messages":["%s"]}}`, kind, strings.Join(messages, `","`))
	}
	const page = `<html>Bad Gateway</html>`
	for name, test := range map[string]struct {
		call   func(context.Context, *Client) error
		status int
		body   string
		want   Kind
		says   string
	}{
		"401":                         {get, 401, sample(t, "rest/openapi--error-401"), KindUnauthorized, "401 unauthorized: Unauthorized request"},
		"401 without a body":          {get, 401, "", KindUnauthorized, "401"},
		"403":                         {get, 403, muxError("forbidden", "no"), KindForbidden, "no"},
		"403, upload no longer waits": {cancelUpload, 403, muxError("forbidden", "no"), KindNotWaiting, "no"},
		"404":                         {get, 404, muxError("not_found", "gone"), KindNotFound, "gone"},
		"404 of a create":             {create, 404, muxError("not_found", "gone"), KindNotFound, "gone"},
		"404 of a proxy":              {get, 404, page, KindTransient, "not from Mux"},
		"404 of a proxy, create":      {create, 404, page, KindUnknownOutcome, "not from Mux"},
		"400":                         {create, 400, muxError("invalid_parameters", "inputs is required"), KindInvalid, "inputs is required"},
		"400, malformed id":           {get, 400, muxError("invalid_parameters", "Failed to parse ID"), KindMalformedID, "Failed to parse ID"},
		"400, plan":                   {create, 400, muxError("invalid_parameters", "Free plan is limited to 10 assets, upgrade"), KindPlanLimit, "10 assets"},
		"400, plan, live":             {create, 400, muxError("invalid_parameters", "Live streams are unavailable on the free plan"), KindPlanLimit, "free plan"},
		"400 of a proxy":              {create, 400, page, KindUnknownOutcome, "not from Mux"},
		"409":                         {update, 409, muxError("conflict", "no"), KindInvalid, "no"},
		"422":                         {create, 422, muxError("unprocessable", "no"), KindInvalid, "no"},
		"408 of a read":               {get, 408, "", KindTransient, "408"},
		"408 of a create":             {create, 408, "", KindUnknownOutcome, "408"},
		"429":                         {create, 429, sample(t, "rest/openapi--error-429"), KindThrottled, "Too many requests"},
		"429 without a body":          {update, 429, "", KindThrottled, "429"},
		"500 of a read":               {get, 500, muxError("internal", "oh"), KindTransient, "oh"},
		"500 of an update":            {update, 500, "", KindTransient, "500"},
		"500 of a create":             {create, 500, "", KindUnknownOutcome, "500"},
		"502 of a proxy":              {create, 502, page, KindUnknownOutcome, "502"},
		"a redirect":                  {create, 307, "", KindInvalid, "check the API URL"},
		"200 of something else":       {get, 200, page, KindTransient, "not the JSON"},
		"201 of something else":       {create, 201, page, KindUnknownOutcome, "not the JSON"},
		"200 with a list":             {get, 200, `{"data":[{"id":"a"}]}`, KindTransient, "not the JSON"},
		"200 without data":            {get, 200, `{}`, KindTransient, "not the JSON"},
		"200 without an id":           {get, 200, `{"data":{}}`, KindTransient, "no id"},
		"201 without an id":           {create, 201, `{"data":{"status":"preparing"}}`, KindUnknownOutcome, "no id"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			client := serve(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				requests++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := test.call(t.Context(), client)
			wantKind(t, err, test.want)
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != test.status || e.Route == "" {
				t.Errorf("%+v has not the status %d or no route", e, test.status)
			}
			if requests != 1 {
				t.Errorf("%d requests were sent", requests)
			}
		})
	}
}

// TestNoAnswer : whether a create may have arrived decides whether it may be repeated.
func TestNoAnswer(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"data":`)
	}
	cutRefusal := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(401)
	}
	large := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"data":{"id":"`+strings.Repeat("a", maxBody)+`"}}`)
	}
	drop := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	for name, test := range map[string]struct {
		call    func(context.Context, *Client) error
		handler http.HandlerFunc
		want    Kind
	}{
		"create, no answer in time":  {create, hang, KindUnknownOutcome},
		"update, no answer in time":  {update, hang, KindTransient},
		"create, connection dropped": {create, drop, KindUnknownOutcome},
		"read, connection dropped":   {get, drop, KindTransient},
		"create, answer cut":         {create, cut, KindUnknownOutcome},
		"read, answer cut":           {get, cut, KindTransient},
		"create, refusal cut":        {create, cutRefusal, KindUnauthorized},
		"create, answer too large":   {create, large, KindUnknownOutcome},
		"read, answer too large":     {get, large, KindTransient},
	} {
		t.Run(name, func(t *testing.T) {
			var observed Call
			client := serve(t, Config{Timeout: 200 * time.Millisecond, Observe: func(c Call) { observed = c }}, test.handler)
			err := test.call(t.Context(), client)
			wantKind(t, err, test.want)
			if observed.Err == nil || observed.Route == "" {
				t.Errorf("observed %+v", observed)
			}
		})
	}
}

// TestNeverSent : what did not leave this machine was not carried out, also where it was a create.
func TestNeverSent(t *testing.T) {
	refusing := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 54321}, Err: errors.New("connection refused")}
	}
	client, err := New(Config{BaseURL: "http://127.0.0.1:1", Credentials: testCredentials, Transport: &http.Transport{DialContext: refusing}})
	if err != nil {
		t.Fatal(err)
	}
	err = create(t.Context(), client)
	wantKind(t, err, KindTransient)
	if strings.Contains(err.Error(), "127.0.0.1") || !strings.Contains(err.Error(), "dial: connection refused") {
		t.Errorf("%q has addresses, which differ from call to call", err)
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = create(ended, client)
	wantKind(t, err, KindTransient)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v hides why", err)
	}

	for _, id := range []string{"", ".", ".."} {
		err := client.DeleteAsset(t.Context(), id)
		wantKind(t, err, KindInvalid)
	}
	nan := ptr(0.0)
	*nan /= *nan
	_, err = client.UpdateAsset(t.Context(), "a", UpdateAssetRequest{ThumbnailTime: nan})
	wantKind(t, err, KindInvalid)
}

// TestRetryAfter reads the header in every form that HTTP and Mux know.
func TestRetryAfter(t *testing.T) {
	for name, test := range map[string]struct {
		headers map[string]string
		want    time.Duration
	}{
		"none":            {nil, 0},
		"seconds":         {map[string]string{"Retry-After": "7"}, 7 * time.Second},
		"a fraction":      {map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		"milliseconds":    {map[string]string{"Retry-After-Ms": "1500", "Retry-After": "7"}, 1500 * time.Millisecond},
		"a date":          {map[string]string{"Retry-After": "Mon, 02 Jan 2006 15:04:10 GMT", "Date": "Mon, 02 Jan 2006 15:04:05 GMT"}, 5 * time.Second},
		"a past date":     {map[string]string{"Retry-After": "Mon, 02 Jan 2006 15:04:00 GMT", "Date": "Mon, 02 Jan 2006 15:04:05 GMT"}, 0},
		"a word":          {map[string]string{"Retry-After": "soon"}, 0},
		"negative":        {map[string]string{"Retry-After": "-7"}, 0},
		"far too long":    {map[string]string{"Retry-After": "1e300"}, maxRetryAfter},
		"a date, far off": {map[string]string{"Retry-After": "Mon, 02 Jan 2034 15:04:10 GMT", "Date": "Mon, 02 Jan 2006 15:04:05 GMT"}, maxRetryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				for key, value := range test.headers {
					w.Header().Set(key, value)
				}
				w.WriteHeader(429)
			})
			got, ok := RetryAfter(create(t.Context(), client))
			if got != test.want || ok != (test.want > 0) {
				t.Errorf("got %s, %v; want %s", got, ok, test.want)
			}
		})
	}
}

// TestErrorsHideSecrets : messages are shown in conditions and logs, so nothing that could be a token stays in them, and
// they stay short.
func TestErrorsHideSecrets(t *testing.T) {
	const secret = "s3cr3t"
	client := serve(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid\nparameters","messages":[
			"cannot fetch https://user:`+secret+`@cdn.example.com/a.mp4?token=`+secret+` for you",
			"rtmps://global.example.com/app/`+secret+`", "line\n\tbreak", "`+strings.Repeat("é", 1000)+`", "5", "6", "7"]}}`)
	})
	err := create(t.Context(), client)
	wantKind(t, err, KindInvalid)
	text := err.Error()
	if strings.Contains(text, secret) || strings.Contains(text, "\n") {
		t.Errorf("%q", text)
	}
	if !strings.Contains(text, "https://cdn.example.com/… for you") || !strings.Contains(text, "rtmps://global.example.com/…") || strings.Contains(text, ": 6") {
		t.Errorf("%q", text)
	}
	var e *Error
	if !errors.As(err, &e) || len(e.Messages) != maxMessages || len([]rune(e.Messages[3])) != maxMessage {
		t.Errorf("%d messages, the longest %d", len(e.Messages), len([]rune(e.Messages[3])))
	}

	// A transport error repeats the URL; its query may hold a key.
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	client, newErr := New(Config{BaseURL: gone.URL, Credentials: testCredentials})
	if newErr != nil {
		t.Fatal(newErr)
	}
	_, err = client.ListAssets(t.Context(), ListAssetsOptions{Cursor: secret})
	if wantKind(t, err, KindTransient); strings.Contains(err.Error(), secret) {
		t.Errorf("%q", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{BaseURL: "https://api.mux.com", Credentials: testCredentials}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no URL":         func(c *Config) { c.BaseURL = "" },
		"no scheme":      func(c *Config) { c.BaseURL = "api.mux.com" },
		"another scheme": func(c *Config) { c.BaseURL = "ftp://api.mux.com" },
		"a user":         func(c *Config) { c.BaseURL = "https://u:p@api.mux.com" },
		"a query":        func(c *Config) { c.BaseURL = "https://api.mux.com?a=b" },
		"not a URL":      func(c *Config) { c.BaseURL = "https://%zz" },
		"no token":       func(c *Config) { c.Credentials = Credentials{} },
		"half a token":   func(c *Config) { c.Credentials.TokenSecret = "" },
	} {
		config := good
		change(&config)
		if _, err := New(config); err == nil || strings.Contains(err.Error(), "token-secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAsOf : an answer is dated back by what it took and by how far Mux's replicas may lag, on Mux's clock.
func TestAsOf(t *testing.T) {
	client := serve(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
		_, _ = io.WriteString(w, `{"data":{"id":"a"}}`)
	})
	answer, err := client.GetAsset(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	latest := at("2006-01-02T15:04:00Z")
	if got := answer.Meta.AsOf(GetMargin); got.After(latest) || got.Before(latest.Add(-time.Minute)) {
		t.Errorf("as of %s, want shortly before %s", got, latest)
	}
	if got := (Meta{Elapsed: time.Second}).AsOf(GetMargin); !got.IsZero() {
		t.Errorf("without a date it is as of %s", got)
	}
}
