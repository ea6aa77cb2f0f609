// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// The address of a webhook endpoint ends in a query, which the receiver passes over:
//
//	https://PUBLIC/webhooks/NAMESPACE/NAME?mux-operator=UID-SERIAL
//
// The UID is that of the MuxEnvironment, so that nobody takes the endpoint of another cluster, or of an object restored from a
// backup, for its own. The serial makes each address new: Mux takes an address once in an environment, and gives a new signing
// secret only with a new endpoint.

// ownerMark is the name of the query parameter.
const ownerMark = "mux-operator"

// webhookBase is the address without the query.
func webhookBase(env *video.MuxEnvironment) (string, error) {
	public, err := url.Parse(environment.Registration(env).PublicURL)
	if err != nil || public.Host == "" || public.User != nil || public.RawQuery != "" || public.Fragment != "" {
		return "", terminal(video.ReasonInvalid,
			"spec.webhook.registration.publicURL must be https://HOST, with a path if the receiver has one, without a user, a query or a fragment")
	}
	return strings.TrimRight(public.String(), "/") + environment.WebhookPath(env), nil
}

func webhookAddress(env *video.MuxEnvironment, base string, serial int32) string {
	return fmt.Sprintf("%s?%s=%s-%d", base, ownerMark, env.UID, serial)
}

// readAddress takes an address apart. owner is "" and serial 0 where it has no mark.
func readAddress(address string) (base, owner string, serial int32) {
	base, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return base, "", 0
	}
	mark := values.Get(ownerMark)
	at := strings.LastIndexByte(mark, '-')
	number, err := strconv.ParseInt(mark[at+1:], 10, 32)
	if at <= 0 || err != nil || number <= 0 {
		return base, "", 0
	}
	return base, mark[:at], int32(number)
}
