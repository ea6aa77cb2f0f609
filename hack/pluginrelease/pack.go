// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// goBuild builds the plugin as make build does, for a platform.
func (r *release) goBuild(p platform, path string) error {
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+r.version, "-o", path, "./cmd/kubectl-mux")
	command.Dir, command.Stderr = r.root, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	return command.Run()
}

// pack builds the plugin for a platform and writes its archive. It returns the archive's digest.
func (r *release) pack(p platform) (digest string, err error) {
	folder, err := os.MkdirTemp("", "pluginrelease")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	path, err := filepath.Abs(filepath.Join(folder, p.binary()))
	if err != nil {
		return "", err
	}
	if err := r.build(p, path); err != nil {
		return "", err
	}
	files := []packed{{name: p.binary(), from: path, mode: 0o755}, {name: "LICENSE", from: filepath.Join(r.root, "LICENSE"), mode: 0o644}}
	archive := tarred
	if p.os == "windows" {
		archive = zipped
	}
	data, err := archive(files)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), os.WriteFile(filepath.Join(r.out, p.archive()), data, 0o644)
}

// packed is a file in an archive.
type packed struct {
	name, from string
	mode       os.FileMode
}

// made is when every file says that it was made, so that an archive of the same files is the same archive.
var made = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func tarred(files []packed) ([]byte, error) {
	var out bytes.Buffer
	zipper := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipper)
	for _, f := range files {
		data, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		if err := archive.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(data)), ModTime: made, Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(data); err != nil {
			return nil, err
		}
	}
	return closed(&out, archive, zipper)
}

func zipped(files []packed) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range files {
		data, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: made}
		header.SetMode(f.mode)
		writer, err := archive.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := writer.Write(data); err != nil {
			return nil, err
		}
	}
	return closed(&out, archive)
}

// closed is what was written, once all that writes it is closed.
func closed(out *bytes.Buffer, writers ...io.Closer) ([]byte, error) {
	for _, w := range writers {
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
