// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

//go:embed manifests/muxsim.yaml
var muxManifest string

//go:embed manifests/environment.yaml
var environmentManifest string

//go:embed manifests/objects.yaml
var objectsManifest string

func (c *check) startMux() error {
	if _, err := c.kubectl(muxManifest, "apply", "-f", "-"); err != nil {
		return err
	}
	return c.all([]string{"-n", "muxsim", "rollout", "status", "deployment/muxsim", "--timeout=60s"})
}

// connect makes the environment, and tells the simulator once where the receiver's Service is.
func (c *check) connect() error {
	if _, err := c.kubectl(environmentManifest, "apply", "-f", "-"); err != nil {
		return err
	}
	if err := c.wait("muxenvironment/default", "Ready"); err != nil {
		return err
	}
	path, err := c.field("muxenvironment/default", ".status.webhookPath")
	if err != nil {
		return err
	}
	address := "http://mux-operator-receiver." + operatorNamespace + ".svc" + path
	if address == c.receiver {
		return nil
	}
	c.receiver = address
	body, err := json.Marshal(map[string]string{
		"environment": "simenv", "secret": "demo0signing0secret0of0the0sample", "address": address,
	})
	if err != nil {
		return err
	}
	return c.tell("create", "/webhooks", string(body))
}

func (c *check) declare() error {
	if _, err := c.kubectl(objectsManifest, "apply", "-f", "-"); err != nil {
		return err
	}
	if err := c.wait("muxupload/file", "URLReady"); err != nil {
		return err
	}
	if err := c.upload(); err != nil {
		return err
	}
	return c.everythingReady()
}

// upload sends a file to the URL of the Secret, by way of the API server.
func (c *check) upload() error {
	url, err := c.kubectl("", "get", "secret", "file-upload-url", "-o", "go-template={{.data.url | base64decode}}")
	if err != nil {
		return err
	}
	_, path, ok := strings.Cut(url, "/_sim")
	if !ok {
		return errors.New("the Secret file-upload-url has no URL of the simulator")
	}
	return c.tell("replace", path, "a file")
}

// encoder connects an encoder to the live stream, or disconnects it.
func (c *check) encoder(does string) error {
	id, err := c.field("muxlivestream/studio", ".status.id")
	if err != nil {
		return err
	}
	return c.tell("create", "/live-streams/"+id+"/"+does, "{}")
}

// broadcast connects an encoder, and disconnects it once the stream is on air.
func (c *check) broadcast() error {
	if err := c.encoder("connect"); err != nil {
		return err
	}
	for _, condition := range []string{"Connected", "Recording", "Active"} {
		if err := c.wait("muxlivestream/studio", condition); err != nil {
			return err
		}
	}
	if err := c.encoder("disconnect"); err != nil {
		return err
	}
	if err := c.wait("muxlivestream/studio", "Active=False"); err != nil {
		return err
	}
	return eventually(c.delivered)
}

// everythingReady is when every object says so and nothing waits at the sender.
func (c *check) everythingReady() error {
	return eventually(func() error {
		out, err := c.kubectl("", "get", "mux", "-A", "-o",
			`jsonpath={range .items[*]}{.kind}/{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`)
		if err != nil {
			return err
		}
		for _, line := range strings.Fields(out) {
			if !strings.HasSuffix(line, "=True") {
				return fmt.Errorf("%s is not Ready", line)
			}
		}
		return c.delivered()
	})
}
