// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
)

var api client.Client

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(c *controlplane.ControlPlane) {
		scheme := runtime.NewScheme()
		if err := video.AddToScheme(scheme); err != nil {
			panic(err)
		}
		made, err := client.New(c.Config, client.Options{Scheme: scheme})
		if err != nil {
			panic(err)
		}
		api = made
	}))
}

// row is one object and what the API server has to say of it; refused is part of the message, "" accepts.
type row[T client.Object] struct {
	name    string
	edit    func(T)
	refused string
}

func try[T client.Object](t *testing.T, valid func() T, rows []row[T]) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			object := valid()
			r.edit(object)
			expect(t, api.Create(t.Context(), object), r.refused)
		})
	}
}

// expect checks that an error is a refusal with the text, or none.
func expect(t *testing.T, err error, refused string) {
	t.Helper()
	switch {
	case refused == "" && err != nil:
		t.Errorf("refused: %v", err)
	case refused != "" && !apierrors.IsInvalid(err):
		t.Errorf("got %v, want a refusal with %q", err, refused)
	case refused != "" && !strings.Contains(err.Error(), refused):
		t.Errorf("refused with %v, want %q", err, refused)
	}
}

// meta names a new object.
func meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "default", GenerateName: "test-"}
}

func followed() video.FollowedSpec {
	return video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}}
}

// ptr is a pointer to a value.
func ptr[T any](value T) *T { return &value }

// fixedField is a field that Mux fixes when it creates an object.
type fixedField[T client.Object] struct {
	path       string
	set, other func(T) // two different values
	unset      func(T) // nil where the field is needed
}

// phases are the moments of an object's life at which a spec is changed, with whether what Mux fixes is then fixed.
func phases[T client.Object](withID, withIntent func(T)) []struct {
	name  string
	reach func(T)
	fixed bool
} {
	return []struct {
		name  string
		reach func(T)
		fixed bool
	}{{"new", nil, false}, {"with an intent", withIntent, true}, {"with an id", withID, true}}
}

// tryFixed changes every field in every phase: to another value, to none, and from none to a value.
func tryFixed[T client.Object](t *testing.T, valid func() T, withID, withIntent func(T), fields []fixedField[T]) {
	for _, f := range fields {
		for _, phase := range phases(withID, withIntent) {
			refused := ""
			if phase.fixed {
				refused = f.path + " is fixed when Mux creates"
			}
			changes := []struct {
				name     string
				from, to func(T)
			}{{"changed", f.set, f.other}, {"unset", f.set, f.unset}, {"unset then set", f.unset, f.set}}
			for _, change := range changes {
				if change.from == nil || change.to == nil {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", f.path, phase.name, change.name), func(t *testing.T) {
					object := valid()
					change.from(object)
					reach(t, object, phase.reach)
					change.to(object)
					expect(t, api.Update(t.Context(), object), refused)
				})
			}
		}
	}
}

// reach creates the object and brings its status to a phase.
func reach[T client.Object](t *testing.T, object T, status func(T)) {
	t.Helper()
	if err := api.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if status == nil {
		return
	}
	base := object.DeepCopyObject().(client.Object)
	status(object)
	if err := api.Status().Patch(t.Context(), object, client.MergeFrom(base)); err != nil {
		t.Fatal(err)
	}
}

// intent is a create that was sent or is about to be.
func intent() *video.CreationStatus {
	return &video.CreationStatus{Token: "token", StartedAt: metav1.NewMicroTime(time.Now())}
}

// fieldsOf lists the JSON names of a spec's fields, those of inlined structs among them.
func fieldsOf(spec reflect.Type) (names []string) {
	for i := range spec.NumField() {
		f := spec.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if strings.Contains(options, "inline") {
			names = append(names, fieldsOf(f.Type)...)
			continue
		}
		names = append(names, name)
	}
	return names
}

// everyField fails for a field of a spec that is neither fixed nor listed as one that may change.
func everyField[T client.Object](t *testing.T, spec any, prefix string, fixed []fixedField[T], mayChange ...string) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range fixed {
		known[f.path] = true
	}
	for _, name := range mayChange {
		known[prefix+name] = true
	}
	for _, name := range fieldsOf(reflect.TypeOf(spec)) {
		if !known[prefix+name] {
			t.Errorf("%s%s is neither tested as fixed at creation nor listed as changeable", prefix, name)
		}
	}
}
