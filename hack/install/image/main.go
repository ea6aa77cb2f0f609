// SPDX-License-Identifier: Apache-2.0

// Command image assembles the operator's image from binaries that are built already, as an OCI archive, without a registry or
// a container engine. It has what the Dockerfile's has: the static binary, CA certificates, and a user that is not root. The
// same binaries always give the same archive.
//
//	image --tag ghcr.io/mux-operator/mux-operator:v0.1.0 --version v0.1.0 --out image.tar amd64=bin/mux-operator-amd64
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

func main() {
	log.SetFlags(0)
	tag := flag.String("tag", "", "name of the image, with its tag")
	var r release
	flag.StringVar(&r.version, "version", "dev", "version of the operator, for the image's labels")
	flag.StringVar(&r.revision, "revision", "unknown", "commit that it was built from, for the image's labels")
	flag.StringVar(&r.entrypoint, "entrypoint", "/mux-operator", "where the binary is in the image")
	out := flag.String("out", "", "the archive to write")
	maxMiB := flag.Int("max-mib", 0, "fail where a node would pull more than this; 0: no limit")
	flag.Parse()
	if err := run(*tag, r, *out, *maxMiB, flag.Args()); err != nil {
		log.Fatal("image: ", err)
	}
}

// release is what an image is of, and where its binary is in it.
type release struct{ version, revision, entrypoint string }

// run writes an archive with one image for each ARCHITECTURE=BINARY, none larger than maxMiB.
func run(tag string, r release, out string, maxMiB int, binaries []string) error {
	if tag == "" || out == "" || len(binaries) == 0 {
		return fmt.Errorf("--tag, --out and at least one ARCHITECTURE=BINARY are needed")
	}
	var index v1.ImageIndex = empty.Index
	for _, b := range binaries {
		architecture, binary, ok := strings.Cut(b, "=")
		if !ok {
			return fmt.Errorf("%q is not ARCHITECTURE=BINARY", b)
		}
		image, err := assemble(architecture, r, binary)
		if err != nil {
			return fmt.Errorf("assemble the image for %s: %w", architecture, err)
		}
		size, err := compressed(image)
		if err != nil {
			return err
		}
		fmt.Printf("image: %s linux/%s, %.1f MiB compressed\n", tag, architecture, float64(size)/(1<<20))
		if maxMiB > 0 && size > int64(maxMiB)<<20 {
			return fmt.Errorf("%s for %s is larger than %d MiB", tag, architecture, maxMiB)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: "linux", Architecture: architecture},
		}})
	}
	return archive(index, tag, out)
}

// compressed is what a node pulls, in bytes.
func compressed(image v1.Image) (int64, error) {
	layers, err := image.Layers()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, l := range layers {
		size, err := l.Size()
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}

// archive writes the index as an OCI layout in a tar file. The names are for podman and skopeo, and for containerd.
func archive(index v1.ImageIndex, tag, out string) error {
	dir, err := os.MkdirTemp("", "image")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	names := map[string]string{"org.opencontainers.image.ref.name": tag, "io.containerd.image.name": tag}
	if err := path.AppendIndex(index, layout.WithAnnotations(names)); err != nil {
		return err
	}
	return tarFolder(dir, out)
}
