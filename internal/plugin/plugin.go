// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// scheme knows the kinds that the plugin reads and writes.
var scheme = runtime.NewScheme()

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(apiextensionsv1.AddToScheme(scheme))
	utilruntime.Must(video.AddToScheme(scheme))
}

// Plugin is what every command has: the streams, kubectl's connection flags and the clock.
type Plugin struct {
	genericiooptions.IOStreams

	version    string
	connection *genericclioptions.ConfigFlags
	// now is the clock; tests set it.
	now func() time.Time
	// transport carries requests to Mux and to receivers; nil is the network. Tests set it.
	transport http.RoundTripper
}

// New makes the plugin of a build.
func New(streams genericiooptions.IOStreams, version string) *Plugin {
	return &Plugin{
		IOStreams: streams,
		version:   version,
		// As in kubectl the flags win over the kubeconfig, and an empty --namespace is the context's.
		connection: genericclioptions.NewConfigFlags(true),
		now:        time.Now,
	}
}

// connectionFlags adds kubectl's own: --kubeconfig, --context, --namespace and so on.
func (p *Plugin) connectionFlags(root *cobra.Command) {
	p.connection.AddFlags(root.PersistentFlags())
	utilruntime.Must(root.RegisterFlagCompletionFunc("namespace", p.completeNamespaces))
	for flag, names := range map[string]func(api.Config) []string{
		"context": func(c api.Config) []string { return slices.Sorted(maps.Keys(c.Contexts)) },
		"cluster": func(c api.Config) []string { return slices.Sorted(maps.Keys(c.Clusters)) },
		"user":    func(c api.Config) []string { return slices.Sorted(maps.Keys(c.AuthInfos)) },
	} {
		utilruntime.Must(root.RegisterFlagCompletionFunc(flag, p.completeConfig(names)))
	}
}

// config reaches the API server as the flags say. The limits are those of kubectl.
func (p *Plugin) config() (*rest.Config, error) {
	config, err := p.connection.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	config.UserAgent = p.userAgent()
	config.QPS, config.Burst = 50, 300
	config.WarningHandler = rest.NewWarningWriter(p.ErrOut, rest.WarningWriterOptions{Deduplicate: true})
	return config, nil
}

// userAgent names the plugin to the API server and to Mux.
func (p *Plugin) userAgent() string { return "kubectl-mux/" + p.version }

// client reads and writes objects as the flags say.
func (p *Plugin) client() (client.Client, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	return c, nil
}

// namespace is that of --namespace, or of the context.
func (p *Plugin) namespace() (string, error) {
	namespace, _, err := p.connection.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", fmt.Errorf("find the namespace: %w", err)
	}
	return namespace, nil
}

// connect is the client and the namespace.
func (p *Plugin) connect() (client.Client, string, error) {
	namespace, err := p.namespace()
	if err != nil {
		return nil, "", err
	}
	c, err := p.client()
	return c, namespace, err
}
