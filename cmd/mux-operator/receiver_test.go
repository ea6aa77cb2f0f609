// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// certify puts a new certificate with this serial number into the folder.
func certify(t *testing.T, dir string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"hooks.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"tls.key": {Type: "EC PRIVATE KEY", Bytes: secret}, "tls.crt": {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReceiverTLS : with a certificate the receiver speaks TLS alone, and takes up a new one without a restart.
func TestReceiverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certify(t, dir, 1)
	s := newStage(t, muxsim.Options{})
	address := strings.TrimPrefix(s.operator(func(_ *rest.Config, o *options) { o.receiverTLSDir = dir }).url, "http://")
	served := func() (int64, error) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport}).Post("https://"+address+"/webhooks/no/body", "", http.NoBody)
		if err != nil {
			return 0, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			return 0, fmt.Errorf("an unknown environment was answered %s", response.Status)
		}
		return response.TLS.PeerCertificates[0].SerialNumber.Int64(), nil
	}
	if serial, err := served(); err != nil || serial != 1 {
		t.Fatalf("certificate %d, %v", serial, err)
	}
	certify(t, dir, 2)
	within(s, 30*time.Second, "the new certificate is served", func() error {
		serial, err := served()
		if err == nil && serial != 2 {
			err = fmt.Errorf("it is the certificate %d", serial)
		}
		return err
	})
	if response, err := http.Post("http://"+address+"/webhooks/no/body", "", http.NoBody); err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("plain HTTP was answered %s", response.Status)
		}
	}
	if _, err := receiverTLS(nil, t.TempDir()); err == nil || !strings.Contains(err.Error(), "--receiver-tls-dir") {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestMeasured : every metric that an alert or the dashboard asks for is there once the operator has done something.
func TestMeasured(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator(func(_ *rest.Config, o *options) {
		o.registerer, o.leaderElection, o.leaderElectionNamespace, o.leaderElectionID = registry, true, s.namespace, leaderElectionID
	}))
	s.ready("measured")
	wanted := map[string]bool{}
	for _, name := range []string{"alerts.yaml", "mux-operator.json"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "config", "components", "prometheus", name))
		if err != nil {
			t.Fatal(err)
		}
		pattern := regexp.MustCompile(`\b(?:mux_operator|controller_runtime|workqueue|leader_election|rest_client|process|go)_[a-z_]+`)
		for _, metric := range pattern.FindAll(data, -1) {
			wanted[string(bytes.TrimSuffix(bytes.TrimSuffix(metric, []byte("_bucket")), []byte("_count")))] = true
		}
	}
	if len(wanted) < 8 {
		t.Fatalf("alerts and dashboard name %d metrics only", len(wanted))
	}
	delete(wanted, "mux_operator_webhook_passed_over_total") // nothing was passed over here; TestDocumented knows its name
	within(s, soon, "all metrics are there", func() error {
		found := map[string]bool{}
		for _, g := range []prometheus.Gatherer{registry, metrics.Registry} {
			families, err := g.Gather()
			if err != nil {
				return err
			}
			for _, f := range families {
				found[f.GetName()] = true
			}
		}
		for name := range wanted {
			if !found[name] {
				return fmt.Errorf("there is no metric %s", name)
			}
		}
		return nil
	})
}
