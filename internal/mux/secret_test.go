// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretsAreNotPrinted tries every way in which a program prints things by mistake.
func TestSecretsAreNotPrinted(t *testing.T) {
	const text = "s3cr3t"
	client, err := New(Config{BaseURL: "https://api.mux.com", Credentials: Credentials{TokenID: "id", TokenSecret: text}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, nil))
	for _, value := range []any{
		Secret(text), ptr(Secret(text)), []Secret{text}, Credentials{TokenID: "id", TokenSecret: text}, &Credentials{TokenSecret: text},
		LiveStream{StreamKey: text, SRTPassphrase: text}, &SimulcastTarget{URL: text, StreamKey: text}, Upload{URL: text}, Master{URL: text},
		CreateTrackRequest{URL: text}, AssetSettings{Inputs: []Input{{URL: text}}}, Webhook{SigningSecret: text}, client,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%t", "%10.3s", "%U"} {
			fmt.Fprintf(&out, verb, value)
		}
		logger.Info("value", "it", value)
	}
	secret, credentials := Secret(text), Credentials{TokenID: "id", TokenSecret: text}
	fmt.Fprint(&out, secret.String(), secret.GoString(), credentials.String(), credentials.GoString())
	encoded, err := json.Marshal(credentials)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprint([]byte(text))} {
		if i := strings.Index(out.String(), form); i >= 0 {
			t.Errorf("%s was printed: …%s", form, out.String()[max(0, i-80):i+len(form)])
		}
	}
	if !strings.Contains(out.String(), "id:"+redacted) || secret.Reveal() != text {
		t.Error("the token's id should show, and the secret be there for those who ask")
	}
	if data, err := json.Marshal(secret); err != nil || string(data) != `"`+text+`"` {
		t.Errorf("as JSON for a request it is %s, %v", data, err)
	}
}
