// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const testSecret = "0123456789abcdefghijklmnopqrstuv"

// header signs a body as Mux does.
func header(secret string, at time.Time, body string) string {
	seconds := fmt.Sprint(at.Unix())
	return "t=" + seconds + ",v1=" + hex.EncodeToString(sign([]byte(secret), seconds, []byte(body)))
}

// verify does at once what a request does before and after its body is read.
func verify(header string, body []byte, secrets [][]byte, now time.Time, tolerance time.Duration) error {
	signed, err := readSignature(header, now, tolerance)
	if err != nil {
		return err
	}
	signed.secrets = secrets
	return signed.verify(body)
}

func TestVerify(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	const body, tolerance = `{"type":"video.asset.ready"}`, 5 * time.Minute
	good := header(testSecret, now, body)
	_, signature, _ := strings.Cut(good, ",v1=")
	other := header("another-secret", now, body)
	_, wrong, _ := strings.Cut(other, ",v1=")
	secrets := []string{testSecret}
	for name, test := range map[string]struct {
		header  string
		secrets []string
		body    string
		want    error
	}{
		"good":                     {good, secrets, body, nil},
		"second of two secrets":    {good, []string{"old", testSecret}, body, nil},
		"second of two v1":         {fmt.Sprintf("t=%d,v1=%s,v1=%s", now.Unix(), wrong, signature), secrets, body, nil},
		"another scheme beside it": {fmt.Sprintf("t=%d,v2=zz,v1=%s", now.Unix(), signature), secrets, body, nil},
		"spaces between parts":     {fmt.Sprintf("t=%d, v1=%s", now.Unix(), signature), secrets, body, nil},
		"v1 before t":              {fmt.Sprintf("v1=%s,t=%d", signature, now.Unix()), secrets, body, nil},
		"missing":                  {"", secrets, body, errNoSignature},
		"no t":                     {"v1=" + signature, secrets, body, errMalformedSignature},
		"no v1":                    {fmt.Sprintf("t=%d", now.Unix()), secrets, body, errMalformedSignature},
		"two t":                    {fmt.Sprintf("t=%d,t=%d,v1=%s", now.Unix(), now.Unix(), signature), secrets, body, errMalformedSignature},
		"t is no number":           {"t=now,v1=" + signature, secrets, body, errMalformedSignature},
		"v1 is no hex":             {fmt.Sprintf("t=%d,v1=zz", now.Unix()), secrets, body, errMalformedSignature},
		"v1 is too short":          {fmt.Sprintf("t=%d,v1=%s", now.Unix(), signature[:62]), secrets, body, errMalformedSignature},
		"nine v1":                  {fmt.Sprintf("t=%d%s", now.Unix(), strings.Repeat(",v1="+signature, 9)), secrets, body, errMalformedSignature},
		"too long":                 {good + strings.Repeat(",v9=x", 300), secrets, body, errMalformedSignature},
		"wrong secret":             {other, secrets, body, errWrongSignature},
		"no secret":                {good, nil, body, errWrongSignature},
		"another body":             {good, secrets, body + " ", errWrongSignature},
		"as old as allowed":        {header(testSecret, now.Add(-tolerance), body), secrets, body, nil},
		"too old":                  {header(testSecret, now.Add(-tolerance-time.Second), body), secrets, body, errTooOld},
		"as new as allowed":        {header(testSecret, now.Add(tolerance), body), secrets, body, nil},
		"too new":                  {header(testSecret, now.Add(tolerance+time.Second), body), secrets, body, errTooNew},
		"t written with a sign":    {strings.Replace(good, "t=", "t=+", 1), secrets, body, errWrongSignature},
	} {
		t.Run(name, func(t *testing.T) {
			var keys [][]byte
			for _, secret := range test.secrets {
				keys = append(keys, []byte(secret))
			}
			if err := verify(test.header, []byte(test.body), keys, now, tolerance); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestVerifyVector is the vector of Mux's own library.
func TestVerifyVector(t *testing.T) {
	const vector = "t=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7"
	err := verify(vector, []byte(`{"test":"body"}`), [][]byte{[]byte("SuperSecret123")}, time.Unix(1565125718, 0), time.Minute)
	if err != nil {
		t.Error(err)
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("t=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7")
	f.Add("t=1,t=2,v1=")
	f.Add(",,,=,v1=zz")
	f.Fuzz(func(t *testing.T, text string) {
		at, signatures, err := parseSignature(text)
		if err == nil && (at == "" || len(signatures) == 0 || len(signatures) > maxSignatures) {
			t.Errorf("%q gives %q and %d signatures without an error", text, at, len(signatures))
		}
	})
}
