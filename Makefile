# SPDX-License-Identifier: Apache-2.0

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
IMG ?= ghcr.io/mux-operator/mux-operator:$(VERSION)
IMAGE_ARCHS ?= amd64 arm64
LDFLAGS := -s -w -X main.version=$(VERSION)

# Tools are pinned in a module of their own; Go builds each once and keeps it in its cache.
TOOL := go tool -modfile=hack/tools/go.mod
CONTROLLER_GEN := $(TOOL) controller-gen
KUSTOMIZE := $(TOOL) kustomize
KUBECTL ?= kubectl

##@ General

.PHONY: help
help: ## Show this help.
	@if [ -t 1 ]; then bold=$$'\033[1m' cyan=$$'\033[36m' plain=$$'\033[0m'; else bold= cyan= plain=; fi; \
	awk -v bold="$$bold" -v cyan="$$cyan" -v plain="$$plain" 'BEGIN {FS = ":.*##"; printf "Usage: make %s<target>%s\n", cyan, plain} \
		/^[a-zA-Z_-]+:.*?##/ {printf "  %s%-16s%s %s\n", cyan, $$1, plain, $$2} \
		/^##@/ {printf "\n%s%s%s\n", bold, substr($$0, 5), plain}' $(MAKEFILE_LIST)

##@ Try it

.PHONY: quickstart
quickstart: build ## Run API server, simulated Mux and operator here, and apply the samples. ONESHOT=1 ends when they are Ready.
	@go build -o bin/quickstart ./hack/quickstart
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; exec bin/quickstart

.PHONY: playground
playground: build ## Run the operator, simulated Mux and the samples on a Kubernetes node of its own until Ctrl-C. Needs root on Linux.
	@exec hack/node/playground.sh

.PHONY: controlplane
controlplane: ## Fetch or build etcd, kube-apiserver and kubectl (once, outside of the tree).
	@hack/controlplane/build.sh

##@ Development

.PHONY: manifests
manifests: ## Generate CRDs and RBAC from the markers in the code, and what the chart shares with config/.
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=manager-role paths=./cmd/mux-operator paths=./controllers/... paths=./webhookreceiver/... output:rbac:artifacts:config=config/rbac
	go -C hack/install run ./generate ../..

.PHONY: generate
generate: ## Generate deep copies, apply configurations, docs/events.md and, from the CRDs of make manifests, docs/api.md.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt applyconfiguration:headerFile=hack/boilerplate.go.txt paths=./api/v1alpha1
	go test ./internal/projection -run '^TestEventsPage$$' -update
	go run ./hack/apidocs

.PHONY: fmt
fmt: ## Format the code.
	go fmt ./...

.PHONY: vet
vet: ## Run go vet.
	go vet ./...

.PHONY: lint
lint: ## Run staticcheck.
	$(TOOL) staticcheck ./...

.PHONY: test
test: ## Run all tests against a real API server.
	@hack/verify/test.sh

.PHONY: alerts
alerts: ## Have promtool check the alerts and run their cases, and Prometheus's parser read the dashboard's queries.
	go -C hack/promtool test -count=1 -v ./...

.PHONY: convergence
convergence: ## Prove that no order and no repetition of events matters: all orders against a real API server, all subsets of every life.
	go test -count=1 -v -run '^(TestConvergence|TestInduction|TestLivesEndAsShown)$$' ./webhookreceiver ./internal/projection

.PHONY: scale
scale: ## Restart, sweep and change with ten thousand assets in place, and print calls, times and memory. Takes ten minutes.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
		go test -count=1 -v -timeout 30m -run '^TestScale$$' ./cmd/mux-operator -scale=10000

.PHONY: bulk
bulk: ## Apply 500 assets at once, with limits of Mux as the operator was told and with half of them.
	BULK_ASSETS=500 go test -count=1 -v -timeout 20m -run '^TestBulk$$' ./cmd/mux-operator

.PHONY: upload-300
upload-300: ## Upload 300 MB with kubectl mux, the connection cut in the middle, and print what the terminal shows.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
		UPLOAD_MIB=300 go test -count=1 -v -timeout 10m -run '^TestUpload$$' ./internal/plugin

.PHONY: import-250
import-250: ## Import 250 assets with kubectl mux, apply them, and apply them once more.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
		IMPORT_ASSETS=250 go test -count=1 -v -timeout 15m -run '^TestImportAdopts$$' ./internal/plugin

CRASH_ROUNDS ?= 100
CRASH_SEED ?= $(shell date +%s)

.PHONY: crash
crash: ## Stop the operator at CRASH_ROUNDS (default 100) random steps of creates; CRASH_SEED repeats a run.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
		CRASH_ROUNDS=$(CRASH_ROUNDS) CRASH_SEED=$(CRASH_SEED) go test -count=1 -v -parallel 8 -timeout 30m -run '^TestCrash$$' ./cmd/mux-operator

.PHONY: crash-matrix
crash-matrix: ## Stop the operator at every step of a create with every answer of Mux: cut off, killed, paused. Prints the table.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
	for mode in stop "kill -9" pause; do \
	  CRASH_MATRIX="$$mode" go test -count=1 -v -parallel 8 -timeout 60m -run '^(TestCrashMatrix|TestCrashPausedLeader)$$' ./cmd/mux-operator || exit 1; \
	done

# Each scenario runs on a control plane of its own, and prints its table. BENCH names some of them only.
BENCH ?= distinct burst latency heap

.PHONY: bench
bench: build ## Measure the operator beside its baselines, on a real API server and etcd: tables for docs/scale.md. BENCH=... for some.
	@go build -o bin/bench ./hack/bench
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; bin/bench $(BENCH)

.PHONY: microbench
microbench: ## Measure the steps of an event, for benchstat: verify, decode, route, lift, join.
	@go test -run '^$$' -bench . -benchmem -count $(or $(COUNT),6) ./webhookreceiver

.PHONY: backlog
backlog: ## Deliver 100 000 events over 10 000 objects as Mux does after an outage.
	@$(MAKE) --no-print-directory bench BENCH=backlog

.PHONY: replicas
replicas: ## Kill one of two replicas every two seconds, for two minutes, while events come.
	@$(MAKE) --no-print-directory bench BENCH=kill

ROLLING_SECONDS ?= 120

.PHONY: rolling
rolling: ## Restart two replicas in turn for ROLLING_SECONDS (default 120) while 80 events a second come: each is answered 2xx at the first try.
	@KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh); export KUBEBUILDER_ASSETS; \
		ROLLING_SECONDS=$(ROLLING_SECONDS) go test -count=1 -v -timeout 30m -run '^TestRolling$$' ./cmd/mux-operator

.PHONY: attacks
attacks: ## Forged traffic, slow headers, slow bodies and half-open connections, a minute each, beside good traffic.
	@$(MAKE) --no-print-directory bench BENCH="forged forged-large slow-headers slow-bodies half-open"

.PHONY: install-check
install-check: ## Install with Helm and kustomize on a real node, restart, kill, upgrade, roll back, and list unused permissions. Needs Docker, or root on Linux.
	@hack/installcheck/run.sh

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 20s).
	@hack/verify/fuzz.sh

.PHONY: verify
verify: ## Check format, vet, lint, imports, function lengths, generated files, modules and manifests. Changes nothing.
	@hack/verify/verify.sh

##@ Build

.PHONY: build
build: ## Build bin/mux-operator, the kubectl plugin bin/kubectl-mux, and bin/muxsim.
	go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o bin/mux-operator ./cmd/mux-operator
	go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o bin/kubectl-mux ./cmd/kubectl-mux
	go build -trimpath -o bin/muxsim ./cmd/muxsim

# A release is of a version; without a tag here there is none, and v0.0.0 stands for it.
PLUGIN_VERSION ?= $(if $(filter v%,$(VERSION)),$(VERSION),v0.0.0-$(VERSION))

.PHONY: plugin-release
plugin-release: ## Build dist/: the kubectl plugin for every platform of config/krew/mux.yaml, in archives, and its manifest with their digests.
	@go run ./hack/pluginrelease --version $(PLUGIN_VERSION) --out dist

.PHONY: krew
krew: plugin-release ## Have krew itself check the manifest of dist/ and install the plugin of every platform from its archive.
	@hack/krew/check.sh dist

.PHONY: run
run: build ## Run the operator here, for the cluster that kubectl uses.
	bin/mux-operator --zap-devel

.PHONY: docker-build
docker-build: ## Build the image $(IMG).
	docker build --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) -t $(IMG) .

.PHONY: image
image: ## Assemble the image $(IMG) for IMAGE_ARCHS as the OCI archive bin/image.tar, without a registry or a container engine.
	@for arch in $(IMAGE_ARCHS); do \
		CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o bin/image/$$arch ./cmd/mux-operator; \
	done
	@go -C hack/install run ./image --tag $(IMG) --version $(VERSION) --revision $(REVISION) --max-mib 25 --out $(CURDIR)/bin/image.tar $(foreach arch,$(IMAGE_ARCHS),$(arch)=$(CURDIR)/bin/image/$(arch))

##@ Deployment, to the cluster that kubectl uses

.PHONY: install
install: ## Install the CRDs.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) apply --server-side -f -

.PHONY: uninstall
uninstall: ## Remove the CRDs and with them all objects; what is at Mux stays, but for webhook endpoints of a running operator. See docs/operations.md.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) delete --ignore-not-found -f -

.PHONY: deploy
deploy: ## Install the CRDs and the operator with the image $(IMG).
	$(KUSTOMIZE) build config/default | sed 's|image: ghcr.io/mux-operator/mux-operator:.*|image: $(IMG)|' | $(KUBECTL) apply --server-side -f -

.PHONY: undeploy
undeploy: ## Remove the operator and its namespace. The CRDs and all other objects stay.
	$(KUSTOMIZE) build config/default | $(KUBECTL) delete --ignore-not-found -l app.kubernetes.io/component!=crd -f -
