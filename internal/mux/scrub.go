// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// An answer may repeat what was sent, Mux's own or that of something in between, and its words go into errors, conditions and logs.
// So what a request has that nobody may see is taken out of them.

// shortestSecret is the least length of what is taken out: less is in any text by chance.
const shortestSecret = 4

// scrubber takes the secrets of a request out of a text: its access token, and what of its body is a Secret.
func scrubber(call *call, request *http.Request) *strings.Replacer {
	secrets := secretsIn(reflect.ValueOf(call.body))
	if request != nil {
		_, token, _ := request.BasicAuth()
		_, encoded, _ := strings.Cut(request.Header.Get("Authorization"), " ")
		secrets = append(secrets, token, encoded)
	}
	// The longer first: one may begin with another.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, secret := range secrets {
		if len(secret) < shortestSecret {
			continue
		}
		inJSON, _ := json.Marshal(secret) // a text always has a JSON form
		for _, form := range []string{secret, strings.Trim(string(inJSON), `"`), url.QueryEscape(secret), url.PathEscape(secret)} {
			pairs = append(pairs, form, redacted)
		}
	}
	return strings.NewReplacer(pairs...)
}

var secretType = reflect.TypeFor[Secret]()

// secretsIn are all values of the type Secret in a request's body.
func secretsIn(value reflect.Value) (found []string) {
	switch {
	case !value.IsValid():
	case value.Type() == secretType:
		found = append(found, value.String())
	case value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface:
		found = secretsIn(value.Elem())
	case value.Kind() == reflect.Struct:
		for i := range value.NumField() {
			found = append(found, secretsIn(value.Field(i))...)
		}
	case value.Kind() == reflect.Slice || value.Kind() == reflect.Array:
		for i := range value.Len() {
			found = append(found, secretsIn(value.Index(i))...)
		}
	case value.Kind() == reflect.Map:
		for _, key := range value.MapKeys() {
			found = append(found, secretsIn(value.MapIndex(key))...)
		}
	}
	return found
}

// scrubbed are texts without the secrets.
func scrubbed(texts []string, scrubber *strings.Replacer) []string {
	clean := make([]string, 0, len(texts))
	for _, text := range texts {
		clean = append(clean, scrubber.Replace(text))
	}
	return clean
}
