// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	output
	all bool
	// url is where the receiver is, without the path of an environment; "" for the Service, and the public URL where it is known.
	url string
	// operatorNamespace is where the operator is installed; "" where it is to be looked for.
	operatorNamespace string
}

// operatorNamespace is where config/default installs the operator, and where it is looked for by who may not look everywhere.
const operatorNamespace = "mux-operator-system"

func newDoctorCommand(p *Plugin) *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor [ENVIRONMENT…]",
		Short: "Check everything between Mux and the statuses, and say what to do for each fault",
		Long: "Check the cluster, the operator and its rights, your rights, and of each MuxEnvironment the credentials, what they may do at Mux, the\n" +
			"signing secrets, the webhook endpoint at Mux and the receiver, to which a signed test event is sent that changes nothing.\n\n" +
			"It reads the Secrets of the environments, with your rights, and prints nothing of them. Exit code 1 when there is a fault.",
		Example: "  kubectl mux doctor\n  kubectl mux doctor default -n studio --url https://hooks.example.com",
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return p.completeNames("muxenvironment")(cmd, nil, begun)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.doctor(cmd.Context(), o, args) },
	}
	o.flag(cmd)
	cmd.Flags().BoolVarP(&o.all, "all-namespaces", "A", false, "the environments of all namespaces")
	cmd.Flags().StringVar(&o.url, "url", "", "send the test event to the receiver at this URL; unset, to its Service by a port-forward and to the public URL where it is known")
	cmd.Flags().StringVar(&o.operatorNamespace, "operator-namespace", "", "where the operator is installed; unset, it is looked for")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("operator-namespace", p.completeNamespaces))
	return cmd
}

// doctor is one run of the checks.
type doctor struct {
	client.Client
	p         *Plugin
	options   *doctorOptions
	config    *rest.Config
	http      *http.Client
	secrets   *environment.Secrets
	namespace string // of the environments; "" for all
	operator  *installation
	forwarded *forwarded
	*diagnosis
}

// requestTimeout bounds each request to a receiver; the receiver answers within 4 s.
const requestTimeout = 10 * time.Second

func (p *Plugin) doctor(ctx context.Context, o *doctorOptions, names []string) error {
	d, err := p.newDoctor(o, names)
	if err != nil {
		return err
	}
	defer d.close()
	if d.checkCluster(ctx) {
		d.checkDefinitions(ctx)
		d.checkOperator(ctx)
		d.checkAccess(ctx)
		d.checkEnvironments(ctx, names)
	}
	if err := o.print(p, d.diagnosis); err != nil {
		return err
	}
	if d.Faults > 0 {
		return errFindings
	}
	return nil
}

func (p *Plugin) newDoctor(o *doctorOptions, names []string) (*doctor, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.all && len(names) > 0 {
		return nil, errors.New("name environments of one namespace, with -n, or all of them with -A")
	}
	namespace, err := p.namespace()
	if err != nil {
		return nil, err
	}
	if o.all {
		namespace = ""
	}
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	return &doctor{
		p: p, options: o, config: config, namespace: namespace, diagnosis: &diagnosis{Checks: []check{}},
		http: &http.Client{
			Timeout:       requestTimeout,
			Transport:     p.transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // Mux follows none either
		},
	}, nil
}

func (d *doctor) close() {
	if d.forwarded != nil && d.forwarded.stop != nil {
		d.forwarded.stop()
	}
}

// checkEnvironments checks those that are named, or all of the namespace.
func (d *doctor) checkEnvironments(ctx context.Context, names []string) {
	d.area = "environments"
	var environments []*video.MuxEnvironment
	for _, name := range names {
		env := &video.MuxEnvironment{}
		if err := d.Get(ctx, client.ObjectKey{Namespace: d.namespace, Name: name}, env); err != nil {
			d.fault("MuxEnvironment", getError(kinds[0], d.namespace, name, err).Error(), "name one that `kubectl get muxenvironments` shows")
			continue
		}
		environments = append(environments, env)
	}
	if len(names) == 0 {
		if err := eachObject(ctx, d.Client, kinds[0], selection{namespace: d.namespace}, func(o object) { environments = append(environments, o.(*video.MuxEnvironment)) }); err != nil {
			d.skip("MuxEnvironment", "%v", err)
			return
		}
		if len(environments) == 0 {
			d.fault("MuxEnvironment", "there is none here", "create one as docs/muxenvironment.md says, or name another namespace with -n or -A")
		}
	}
	for _, env := range environments {
		d.checkEnvironment(ctx, env)
	}
}
