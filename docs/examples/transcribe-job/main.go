// SPDX-License-Identifier: Apache-2.0

// transcribe-job starts a Job for every MuxAsset that becomes Playable, once. It shows how a controller of another module builds
// on the types and apply configurations of mux-operator; README.md says what is worth copying.
package main

import (
	"context"
	"flag"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func main() {
	image := flag.String("image", "transcribe:latest", "the image that the Jobs run; it finds the video in $PLAYBACK_URL")
	metrics := flag.String("metrics-bind-address", ":8080", "where to serve /metrics; 0 serves none")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(ctrl.SetupSignalHandler(), *image, *metrics); err != nil {
		ctrl.Log.Error(err, "ended")
		os.Exit(1)
	}
}

// run runs the controller until the context ends.
func run(ctx context.Context, image, metrics string) error {
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Metrics: server.Options{BindAddress: metrics}})
	if err != nil {
		return err
	}
	if err := (&reconciler{Client: mgr.GetClient(), image: image}).setup(mgr); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

// newScheme has Kubernetes' own kinds and those of mux-operator.
func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, video.AddToScheme(scheme)
}
