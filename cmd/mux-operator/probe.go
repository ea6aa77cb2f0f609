// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// probeTimeout is ample for a Service to learn of a pod that is Ready, which takes a second or two.
const probeTimeout = 30 * time.Second

// probe asks a URL until it is answered with the status, or ctx ends. The image has no other program that could. Whose the
// certificate is does not matter: it bears the public host's name, not the Service's, and nothing secret is sent.
func probe(ctx context.Context, url string, status int) error {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
	defer transport.CloseIdleConnections()
	last := errors.New("not asked yet")
	err := wait.PollUntilContextCancel(ctx, 500*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		err := ask(ctx, &http.Client{Transport: transport}, url, status)
		if err == nil || ctx.Err() == nil { // what the end of the time cut off tells less than the answer before it
			last = err
		}
		return err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("probe %s: %w", url, last)
	}
	return nil
}

// ask is nil when the URL is answered with the status.
func ask(ctx context.Context, client *http.Client, url string, status int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		return fmt.Errorf("it was answered %s, not %d", response.Status, status)
	}
	return nil
}
