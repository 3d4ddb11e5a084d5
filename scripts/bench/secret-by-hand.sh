#!/usr/bin/env bash
# What people do by hand for pods of the namespace $1: a token, docker login into a config of its own, a secret of that, and
# the service account that is to use it. https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
set -euo pipefail
umask 077
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -r "$DOCKER_CONFIG"' EXIT
echo '{"auths":{"gcr.io":{}}}' > "$DOCKER_CONFIG/config.json"
gcloud auth print-access-token | docker login --username oauth2accesstoken --password-stdin https://gcr.io
kubectl create secret generic by-hand --namespace "$1" --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson="$DOCKER_CONFIG/config.json"
kubectl patch serviceaccount default --namespace "$1" --patch '{"imagePullSecrets":[{"name":"by-hand"}]}'
