// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// exportCommand writes manifests of the objects in the cluster.
type exportCommand struct {
	*Plugin
	client.Client
	namespace string
	manifests manifests

	selectionFlags
	made, asImport bool
	skipped        int
}

func newExportCommand(p *Plugin) *cobra.Command {
	e := &exportCommand{Plugin: p}
	cmd := &cobra.Command{
		Use:   "export [KIND | KIND/NAME]...",
		Short: "Print the objects in the cluster as manifests for Git, from which what they have at Mux is found again",
		Long: "export prints MuxEnvironments, MuxAssets and MuxLiveStreams, and with their kind MuxUploads, without status and without what\n" +
			"the API server and the operator have filled in. Secrets are not exported.\n\n" +
			"Each manifest has the id at Mux, so that applying it to an empty cluster adopts what is there and creates nothing: in the\n" +
			"annotation " + video.AnnotationID + ", with which the manifest can be applied to this cluster as well; or, with --as-import,\n" +
			"in spec.import.id in the place of inputs, for another cluster alone, since import cannot be changed here.",
		Example: "  kubectl mux export --output-dir videos/\n" +
			"  kubectl mux export muxasset/intro muxlivestream\n" +
			"  kubectl mux export --as-import | kubectl --context other apply -f -",
		ValidArgsFunction: p.completeTargets,
		RunE:              func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	e.selectionFlags.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&e.made, "include-made", false, "also the objects that the operator makes by itself: of recordings, uploads and discovery")
	f.BoolVar(&e.asImport, "as-import", false, "for another cluster: with spec.import.id in the place of inputs")
	f.StringVar(&e.manifests.dir, "output-dir", "", "folder to write a file for each object into, instead of a stream on the output")
	utilruntime.Must(cmd.MarkFlagDirname("output-dir"))
	return cmd
}

func (e *exportCommand) run(ctx context.Context, args []string) (err error) {
	if len(args) == 0 {
		args = []string{"muxenvironment", "muxasset", "muxlivestream"}
	}
	if err := e.check(args); err != nil {
		return err
	}
	if e.Client, e.namespace, err = e.connect(); err != nil {
		return err
	}
	e.manifests.out = e.Out
	for _, arg := range args {
		if err := e.export(ctx, arg); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.ErrOut, "%s written%s\n", count(e.manifests.written, "manifest"),
		suffixIf(e.skipped > 0, fmt.Sprintf("; %d left out, which the operator makes by itself: --include-made", e.skipped)))
	return nil
}

// check looks at the flags, before anything is written.
func (e *exportCommand) check(args []string) error {
	for _, arg := range args {
		name, _, one := strings.Cut(arg, "/")
		if _, err := kindOf(name); err != nil {
			return err
		}
		if one && (e.all || e.selector != "") {
			return fmt.Errorf("%s is one object: it goes with neither -A nor -l", arg)
		}
	}
	if e.all && e.manifests.dir != "" {
		return fmt.Errorf("--output-dir has a file for each name, so it is for one namespace")
	}
	return e.selectionFlags.check()
}

// export writes one object, or all of a kind.
func (e *exportCommand) export(ctx context.Context, arg string) error {
	kindName, name, one := strings.Cut(arg, "/")
	k, err := kindOf(kindName)
	if err != nil {
		return err
	}
	if one {
		o := k.empty()
		if err := e.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: name}, o); err != nil {
			return getError(k, e.namespace, name, err)
		}
		return e.write(o)
	}
	var failed error
	err = eachObject(ctx, e, k, e.of(e.namespace), func(o object) {
		switch {
		case failed != nil || !o.GetDeletionTimestamp().IsZero():
		case o.GetLabels()[video.LabelOrigin] != "" && !e.made:
			e.skipped++
		default:
			failed = e.write(o)
		}
	})
	return cmp.Or(err, failed)
}

// write writes an object without what people do not write, and with its id.
func (e *exportCommand) write(o object) error {
	annotations := ownAnnotations(o.GetAnnotations())
	if followed, ok := o.(interface {
		GetMuxID() string
		GetFollowedSpec() *video.FollowedSpec
	}); ok {
		e.identify(o, followed.GetFollowedSpec(), followed.GetMuxID(), annotations)
	}
	o.SetAnnotations(annotations)
	o.SetLabels(ownLabels(o.GetLabels()))
	return e.manifests.write(o)
}

// identify puts what a restored object is known by where the operator looks for it: the id, and the token of the create, which says
// that the operator has made it.
func (e *exportCommand) identify(o object, spec *video.FollowedSpec, id string, annotations map[string]string) {
	switch {
	case spec.Import != nil:
		return
	case e.asImport && id != "":
		keepMeaning(o, spec)
		spec.Import = &video.ImportSpec{ID: id}
		return
	case id != "":
		annotations[video.AnnotationID] = id
	}
	for _, key := range []string{video.AnnotationCreateToken, video.AnnotationCreateTime} {
		if value := o.GetAnnotations()[key]; value != "" {
			annotations[key] = value
		}
	}
}

// keepMeaning writes out what an object that was created has by default and one that is imported has not. The master, which ends by
// itself, is not asked for once more.
func keepMeaning(o object, spec *video.FollowedSpec) {
	if spec.DeletionPolicy == "" && o.GetAnnotations()[video.AnnotationCreateToken] != "" {
		spec.DeletionPolicy = video.DeletionPolicyDelete
	}
	switch o := o.(type) {
	case *video.MuxAsset:
		o.Spec.Inputs, o.Spec.MasterAccess = nil, ""
	case *video.MuxLiveStream:
		if o.Spec.StreamKeySecret == nil {
			o.Spec.StreamKeySecret = &video.SecretReference{Name: streamKeySecretName(o)}
		}
	}
}

// ownAnnotations are those that people write.
func ownAnnotations(all map[string]string) map[string]string {
	own := map[string]string{}
	for key, value := range all {
		if !strings.HasPrefix(key, "video.mux.com/") && !strings.HasPrefix(key, "kubectl.kubernetes.io/") {
			own[key] = value
		}
	}
	return own
}

// ownLabels leave out those that say that the operator has made an object: what is in Git is declared.
func ownLabels(all map[string]string) map[string]string {
	own := map[string]string{}
	for key, value := range all {
		if key != video.LabelOrigin && key != video.LabelOriginName {
			own[key] = value
		}
	}
	return own
}
