// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// installation is the operator as it is installed.
type installation struct {
	*appsv1.Deployment
	// watched is the only namespace that it watches; "" for all.
	watched string
}

// operatorLabels are those of everything that config/ and the chart install.
var operatorLabels = client.MatchingLabels{"app.kubernetes.io/name": "mux-operator"}

// leaseName is the Lease of the leader; cmd/mux-operator names it.
const leaseName = "mux-operator.video.mux.com"

// checkOperator looks for the Deployment, its replicas, its leader and its rights.
func (d *doctor) checkOperator(ctx context.Context) {
	deployments := &appsv1.DeploymentList{}
	err := d.findOperator(ctx, deployments)
	d.area = "operator in " + cmp.Or(d.operatorNamespace(), "any namespace")
	if err != nil {
		d.skip("replicas", "%v", err)
		return
	}
	if len(deployments.Items) == 0 {
		d.fault("replicas", "no Deployment here is mux-operator", "install it as docs/install.md says, or say where it is with --operator-namespace; one that runs outside of the cluster (make run) has no Deployment, and needs none")
		return
	}
	d.operator = &installation{Deployment: &deployments.Items[0]}
	d.area = "operator in " + d.operatorNamespace()
	for _, container := range d.operator.Spec.Template.Spec.Containers {
		for _, arg := range container.Args {
			if watched, ok := strings.CutPrefix(arg, "--namespace="); ok {
				d.operator.watched = watched
			}
		}
	}
	d.checkReplicas()
	d.checkLeader(ctx)
	d.checkOperatorRights(ctx)
}

// findOperator looks where the flag says; without it everywhere or, where that is not allowed, where config/default installs it.
func (d *doctor) findOperator(ctx context.Context, deployments *appsv1.DeploymentList) error {
	err := d.List(ctx, deployments, client.InNamespace(d.options.operatorNamespace), operatorLabels)
	if d.options.operatorNamespace == "" && apierrors.IsForbidden(err) {
		d.options.operatorNamespace = operatorNamespace
		err = d.List(ctx, deployments, client.InNamespace(operatorNamespace), operatorLabels)
	}
	return err
}

// operatorNamespace is where the operator is, as far as that is known.
func (d *doctor) operatorNamespace() string {
	if d.operator != nil {
		return d.operator.Namespace
	}
	return d.options.operatorNamespace
}

func (d *doctor) checkReplicas() {
	wanted := int32(1)
	if replicas := d.operator.Spec.Replicas; replicas != nil {
		wanted = *replicas
	}
	available := d.operator.Status.AvailableReplicas
	detail := fmt.Sprintf("%d of %d are available", available, wanted)
	look := fmt.Sprintf("`kubectl -n %s describe deployment %s` and its pods' logs say why", d.operator.Namespace, d.operator.Name)
	switch {
	case wanted == 0:
		d.fault("replicas", "the Deployment is scaled to 0", fmt.Sprintf("`kubectl -n %s scale deployment %s --replicas=2`", d.operator.Namespace, d.operator.Name))
	case available == 0:
		d.fault("replicas", detail+": nothing is received and nothing is sent to Mux", look)
	case available < wanted:
		d.fault("replicas", detail, look)
	default:
		d.fine("replicas", "%s", detail)
	}
}

// checkLeader looks at the Lease: the leader renews it every few seconds.
func (d *doctor) checkLeader(ctx context.Context) {
	if !d.elects() {
		d.fine("leader", "the only replica leads")
		return
	}
	lease := &coordinationv1.Lease{}
	err := d.Get(ctx, client.ObjectKey{Namespace: d.operator.Namespace, Name: leaseName}, lease)
	remedy := fmt.Sprintf("look at the log: `kubectl -n %s logs deployment/%s`; without a leader nothing is sent to Mux", d.operator.Namespace, d.operator.Name)
	switch {
	case apierrors.IsNotFound(err):
		d.fault("leader", "there is no Lease "+leaseName, remedy)
	case err != nil:
		d.skip("leader", "%v", err)
	case lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" || lease.Spec.RenewTime == nil:
		d.fault("leader", "nobody holds the Lease "+leaseName, remedy)
	case d.p.now().Sub(lease.Spec.RenewTime.Time) > staleLease:
		d.fault("leader", fmt.Sprintf("%s has not renewed the Lease for %s", *lease.Spec.HolderIdentity, d.p.now().Sub(lease.Spec.RenewTime.Time).Round(time.Second)), remedy)
	default:
		d.fine("leader", "%s", *lease.Spec.HolderIdentity)
	}
}

// staleLease is twice the 15 s after which another replica may lead, with room for clocks that differ.
const staleLease = time.Minute

// elects says whether replicas elect a leader.
func (d *doctor) elects() bool {
	return slices.ContainsFunc(d.operator.Spec.Template.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Args, func(arg string) bool { return arg == "--leader-elect" || arg == "--leader-elect=true" })
	})
}
