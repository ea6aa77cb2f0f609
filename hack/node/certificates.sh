#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# certificates.sh FOLDER makes a CA, certificates of the node's parts and their kubeconfigs, valid for 30 days.
set -euo pipefail
mkdir -p "$1"
cd "$1"
api=https://127.0.0.1:6443

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# signed NAME SUBJECT EXTENSIONS
signed() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile <(printf '%b' "$3") 2>/dev/null
  rm "$1.csr"
}

server() { signed "$1" "$2" "extendedKeyUsage=serverAuth\nsubjectAltName=$3\n"; }

# client NAME SUBJECT makes a certificate and the kubeconfig that uses it.
client() {
  signed "$1" "$2" 'extendedKeyUsage=clientAuth\n'
  cat >"$1.kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters: [{name: node, cluster: {server: "$api", certificate-authority: $PWD/ca.crt}}]
users: [{name: $1, user: {client-certificate: $PWD/$1.crt, client-key: $PWD/$1.key}}]
contexts: [{name: node, context: {cluster: node, user: $1}}]
current-context: node
KUBECONFIG
}

key ca
openssl req -x509 -new -key ca.key -subj /CN=node-ca -days 30 -out ca.crt
names=DNS:kubernetes.default.svc.cluster.local,DNS:kubernetes.default.svc,DNS:kubernetes.default,DNS:localhost
server apiserver /CN=kube-apiserver "$names,IP:127.0.0.1,IP:10.96.0.1,IP:10.200.0.1"
server kubelet-serving /CN=node1 DNS:node1,IP:10.200.0.1,IP:127.0.0.1
client apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
client admin /O=system:masters/CN=admin
client kubelet /O=system:nodes/CN=system:node:node1
for part in kube-controller-manager kube-scheduler kube-proxy; do client $part "/CN=system:$part"; done
client coredns /CN=coredns
key service-accounts
openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
