# syntax=docker/dockerfile:1
# One static binary on distroless. Cross-builds run the compiler on the builder's own platform:
#   docker build --build-arg VERSION=v0.1.0 -t ghcr.io/mux-operator/mux-operator:v0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 …
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS
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
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /mux-operator ./cmd/mux-operator

FROM gcr.io/distroless/static:nonroot
LABEL org.opencontainers.image.source=https://github.com/mux-operator/mux-operator
LABEL org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /mux-operator /mux-operator
# nonroot's number, so that runAsNonRoot can be checked without reading the image's passwd.
USER 65532:65532
# metrics, probes, receiver
EXPOSE 8080 8081 8090
ENTRYPOINT ["/mux-operator"]
