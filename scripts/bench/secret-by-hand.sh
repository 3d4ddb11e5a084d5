#!/usr/bin/env bash
# What people do by hand for pods of the namespace $1: a token, docker login into a config of its own, a secret of that, and
# the service account that is to use it. https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
set -euo pipefail
. "$(dirname "$0")/docker-login.sh"
kubectl create secret generic by-hand --namespace "$1" --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson="$DOCKER_CONFIG/config.json"
kubectl patch serviceaccount default --namespace "$1" --patch '{"imagePullSecrets":[{"name":"by-hand"}]}'
