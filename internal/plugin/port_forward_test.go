// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// kubelet answers port-forwards as an API server does, over SPDY alone, and leads them to an address.
func kubelet(t *testing.T, address string, asked *string) *rest.Config {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = r.URL.Path
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			http.Error(w, "no WebSockets here", http.StatusBadRequest)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
			return
		}
		connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, replied <-chan struct{}) error {
			if stream.Headers().Get("streamType") == "data" {
				go pump(stream, address)
			} else {
				go func() { <-replied; stream.Close() }()
			}
			return nil
		})
		if connection != nil {
			<-connection.CloseChan()
		}
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

// pump leads a stream to an address and back.
func pump(stream httpstream.Stream, address string) {
	defer stream.Close()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() { _, _ = io.Copy(connection, stream) }()
	_, _ = io.Copy(stream, connection)
}

// TestForwardTo : what is sent to the local port arrives at the pod's, over SPDY where there are no WebSockets.
func TestForwardTo(t *testing.T) {
	t.Parallel()
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "from the pod "+r.URL.Path)
	}))
	defer pod.Close()
	var asked string
	config := kubelet(t, strings.TrimPrefix(pod.URL, "http://"), &asked)
	base, stop, err := forwardTo(t.Context(), config, keyIn("studio", "operator-0"), 8090)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(base + "/webhooks/a/b")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || string(body) != "from the pod /webhooks/a/b" {
		t.Errorf("%q, %v", body, err)
	}
	if want := "/api/v1/namespaces/studio/pods/operator-0/portforward"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	stop()
	if _, err := http.Get(base); err == nil {
		t.Error("the port is open after stop")
	}
}

// TestForwardRefused : an API server that knows nothing of it.
func TestForwardRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, _, err := forwardTo(t.Context(), &rest.Config{Host: server.URL}, keyIn("studio", "operator-0"), 8090); err == nil {
		t.Error("no error")
	}
}

// TestReceiverPod : the port-forward goes to a ready pod behind the Service of the receiver.
func TestReceiverPod(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := &doctor{Client: s.Client, options: &doctorOptions{operatorNamespace: s.namespace}}
	missing := func(want string) {
		t.Helper()
		if _, _, err := d.receiverPod(s.ctx); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	missing("there is no Service of the receiver")
	labels := map[string]string{"app.kubernetes.io/name": "mux-operator"}
	service := &corev1.Service{ObjectMeta: s.meta("mux-operator-receiver"), Spec: corev1.ServiceSpec{
		Selector: labels, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString(receiverPort)}},
	}}
	service.Labels = labels
	pod := &corev1.Pod{ObjectMeta: s.meta("operator-0"), Spec: corev1.PodSpec{Containers: []corev1.Container{{
		Name: "manager", Image: "mux-operator", Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: 8080}, {Name: receiverPort, ContainerPort: 8090}},
	}}}}
	pod.Labels = labels
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "default"}}
	s.create(service, account, pod)
	missing("no pod behind the Service mux-operator-receiver is ready")
	s.status(pod, func() {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	})
	key, port, err := d.receiverPod(s.ctx)
	if err != nil || key.Name != "operator-0" || port != 8090 {
		t.Errorf("%s, port %d, %v", key, port, err)
	}
}
