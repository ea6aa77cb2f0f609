// SPDX-License-Identifier: Apache-2.0

// apidocs writes docs/api.md, the reference of the API, from the CRDs and the constants of the API: what the API server enforces and
// kubectl explain tells, on one page that can be searched. Run it in the root of the repository, after make manifests.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// The page and what it is made of, from the root of the repository.
const (
	pagePath = "docs/api.md"
	crdPath  = "config/crd/bases"
)

// kinds are those of the page, in its order: what a reader needs first comes first.
var kinds = []string{"muxenvironments", "muxassets", "muxlivestreams", "muxuploads"}

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "apidocs:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	page, err := pageOf(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, pagePath), []byte(page), 0o644)
}

func readCRD(root, plural string) (*apiextensionsv1.CustomResourceDefinition, error) {
	data, err := os.ReadFile(filepath.Join(root, crdPath, "video.mux.com_"+plural+".yaml"))
	if err != nil {
		return nil, err
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	return crd, yaml.UnmarshalStrict(data, crd)
}
