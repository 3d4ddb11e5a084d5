# shellcheck shell=bash
# Where the lab lives, and the few facts that every part of it shares.

# Absolute, because the engine and the builders run in other folders.
LAB=$(readlink -m "${KINDGCR_LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/kindgcr/lab}")
export KINDGCR_LAB=$LAB

# A node image in hand means: this machine has docker and kind already, use those (see README.md).
MACHINE_NODE_IMAGE=${KINDGCR_E2E_NODE_IMAGE:-}

KUBERNETES_VERSION=v1.20.2
GO_VERSION=1.19
# The suite whose packages the node is made of, and the one whose kind is used: the oldest and the newest that have what is needed.
NODE_SUITE=bookworm
KIND_SUITE=trixie

# An address of the lab itself, the same from the engine and from every node: services that nodes must reach listen here.
# 198.18.0.0/15 is set aside for benchmarks (RFC 2544), so it hides nobody's real network.
LAB_ADDRESS=198.18.0.1
# What kubeadm of this version asks for by name.
PAUSE_IMAGE=k8s.gcr.io/pause:3.2
ETCD_IMAGE=k8s.gcr.io/etcd:3.4.13-0
REGISTRY_ADDRESS=127.0.0.1:5000
NODE_NETWORK=kindgcr-lab
NODE_IMAGE=kindgcr.lab/node:$KUBERNETES_VERSION
CLUSTER_IMAGE=kindgcr.lab/node-full:$KUBERNETES_VERSION

EX_USAGE=64
EX_UNAVAILABLE=69
EX_SOFTWARE=70

own_engine() { [ -z "$MACHINE_NODE_IMAGE" ]; }
if own_engine; then
  export DOCKER_HOST=unix://$LAB/run/docker.sock
  # The lab's docker commands must not read, or write, the configuration of whoever runs the tests.
  LAB_DOCKER_CONFIG=$LAB/run/docker-config
else
  LAB_DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker}
fi
lab_docker() { DOCKER_CONFIG=$LAB_DOCKER_CONFIG docker "$@"; }
