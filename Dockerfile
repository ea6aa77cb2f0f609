# syntax=docker/dockerfile:1
# One static binary on distroless. Cross-builds run the compiler on the builder's own platform:
#   docker build --build-arg VERSION=v0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" -t ghcr.io/mux-operator/mux-operator:v0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 …
# Build arguments: VERSION, which --version prints; REVISION, the commit, for the label alone; TARGETOS and TARGETARCH, which
# BuildKit sets from --platform. The flags of go build are those of the Makefile: the same source and the same Go give the same binary.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS=linux
ARG TARGETARCH
ARG VERSION=dev
WORKDIR /src
# The modules are a layer of their own: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
COPY api api
COPY cmd cmd
COPY controllers controllers
COPY internal internal
COPY webhookreceiver webhookreceiver
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /mux-operator ./cmd/mux-operator

FROM gcr.io/distroless/static:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mux-operator" \
      org.opencontainers.image.description="Kubernetes operator for Mux Video" \
      org.opencontainers.image.source="https://github.com/mux-operator/mux-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /mux-operator /mux-operator
# nonroot's number, so that runAsNonRoot can be checked without reading the image's passwd.
USER 65532:65532
# metrics, probes, receiver
EXPOSE 8080 8081 8090
ENTRYPOINT ["/mux-operator"]
