#!/usr/bin/env bash
# What kind's page on private registries has people do by hand, for the cluster $1: a token, docker login into a config
# of its own, and for each node in turn a copy and a restart of the kubelet. https://kind.sigs.k8s.io/docs/user/private-registries/
set -euo pipefail
. "$(dirname "$0")/docker-login.sh"
for node in $(kind get nodes --name "$1"); do
  docker cp "$DOCKER_CONFIG/config.json" "$node:/var/lib/kubelet/config.json"
  docker exec "$node" systemctl restart kubelet.service
done
