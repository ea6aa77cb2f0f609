// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// receiverPort is what the pods call the port of the receiver.
const receiverPort = "receiver"

// forwarded is a port-forward to the receiver, made once for all environments.
type forwarded struct {
	url  string
	err  error
	stop func()
}

// forward leads a port of this machine to the receiver, as kubectl port-forward does to a Service: to one of its pods.
func (d *doctor) forward(ctx context.Context) (string, error) {
	if d.forwarded == nil {
		d.forwarded = &forwarded{}
		pod, port, err := d.receiverPod(ctx)
		if err == nil {
			d.forwarded.url, d.forwarded.stop, err = forwardTo(ctx, d.config, pod, port)
		}
		d.forwarded.err = err
	}
	return d.forwarded.url, d.forwarded.err
}

// receiverPod is a ready pod behind the receiver's Service, and the port in it.
func (d *doctor) receiverPod(ctx context.Context) (client.ObjectKey, int32, error) {
	services := &corev1.ServiceList{}
	if err := d.List(ctx, services, client.InNamespace(d.operatorNamespace()), operatorLabels); err != nil {
		return client.ObjectKey{}, 0, err
	}
	for _, service := range services.Items {
		for _, port := range service.Spec.Ports {
			if port.TargetPort == intstr.FromString(receiverPort) {
				return d.podBehind(ctx, &service)
			}
		}
	}
	return client.ObjectKey{}, 0, fmt.Errorf("there is no Service of the receiver%s", inNamespace(d.operatorNamespace()))
}

func (d *doctor) podBehind(ctx context.Context, service *corev1.Service) (client.ObjectKey, int32, error) {
	pods := &corev1.PodList{}
	if err := d.List(ctx, pods, client.InNamespace(service.Namespace), client.MatchingLabels(service.Spec.Selector)); err != nil {
		return client.ObjectKey{}, 0, err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if !podReady(pod) {
			continue
		}
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == receiverPort {
					return client.ObjectKeyFromObject(pod), port.ContainerPort, nil
				}
			}
		}
	}
	return client.ObjectKey{}, 0, fmt.Errorf("no pod behind the Service %s is ready", service.Name)
}

func podReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp.IsZero() && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// forwardTo leads a free port of this machine to a pod's, until stop.
func forwardTo(ctx context.Context, config *rest.Config, pod client.ObjectKey, port int32) (base string, stop func(), err error) {
	dialer, err := dialerTo(config, pod)
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(ctx, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ready, io.Discard, io.Discard)
	if err != nil {
		cancel()
		return "", nil, err
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	stop = func() { cancel(); <-ended }
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		return "", nil, errors.Join(errors.New("the port-forward ended"), err)
	case <-time.After(requestTimeout):
		cancel() // what stands still in a dial ends with it, and nobody waits for that
		return "", nil, fmt.Errorf("the port-forward does not begin within %s", requestTimeout)
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		stop()
		return "", nil, err
	}
	return fmt.Sprintf("http://127.0.0.1:%d", ports[0].Local), stop, nil
}

// dialerTo opens the connection over a WebSocket, and over SPDY where the API server is too old for that, as kubectl does.
func dialerTo(config *rest.Config, pod client.ObjectKey) (httpstream.Dialer, error) {
	address, err := portForwardURL(config, pod)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	older := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, address)
	newer, err := portforward.NewSPDYOverWebsocketDialerForStreaming(address, config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(newer, older, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

func portForwardURL(config *rest.Config, pod client.ObjectKey) (*url.URL, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	return base.JoinPath("api", "v1", "namespaces", pod.Namespace, "pods", pod.Name, "portforward"), nil
}
