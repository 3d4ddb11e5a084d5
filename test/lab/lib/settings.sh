# shellcheck shell=bash
# Where the lab lives, and the few facts that every part of it shares.

# Absolute, because the engine and the builders run in other folders.
LAB=$(readlink -m "${KINDGCR_LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/kindgcr/lab}")
export KINDGCR_LAB=$LAB

# How the engine stores images: overlay2 (the default), or containerd, which is an engine of its own beside the other: nodes, images and
# services of the one are not those of the other; what is built is shared.
IMAGE_STORE=${KINDGCR_LAB_IMAGE_STORE:-overlay2}
STORE_SUFFIX=
[ "$IMAGE_STORE" = overlay2 ] || STORE_SUFFIX=-ctrd
RUN=$LAB/run$STORE_SUFFIX

# A node image in hand means: this machine has docker and kind already, use those (see README.md).
MACHINE_NODE_IMAGE=${KINDGCR_E2E_NODE_IMAGE:-}

KUBERNETES_VERSION=v1.20.2
GO_VERSION=1.19
# Docker, kind, containerd 2 and the clients: the newest suite there is. They are unpacked, not installed, and need no newer glibc than 2.34.
DOCKER_SUITE=forky
# What a node is made of, as in kind's own image. The systemd of later suites needs cgroup v2.
NODE_SUITE=trixie
# The last suite whose source package still has the kubelet in it: the later tarballs leave out cmd/kubelet and pkg.
KUBERNETES_SUITE=bookworm

# An address of the lab itself, the same from the engine and from every node: services that nodes must reach listen here.
# 198.18.0.0/15 is set aside for benchmarks (RFC 2544), so it hides no real network.
LAB_ADDRESS=198.18.0.1
# What kubeadm of this version asks for by name.
PAUSE_IMAGE=k8s.gcr.io/pause:3.2
ETCD_IMAGE=k8s.gcr.io/etcd:3.4.13-0
REGISTRY_ADDRESS=127.0.0.1:5000
NODE_NETWORK=kindgcr-lab
NODE_IMAGE=kindgcr.lab/node:$KUBERNETES_VERSION
CONTAINERD_NODE_IMAGE=kindgcr.lab/node-containerd2:1
CLUSTER_IMAGE=kindgcr.lab/node-full:$KUBERNETES_VERSION

EX_USAGE=64
EX_UNAVAILABLE=69
EX_SOFTWARE=70

own_engine() { [ -z "$MACHINE_NODE_IMAGE" ]; }
if own_engine; then
  export DOCKER_HOST=unix://$RUN/docker.sock
  # The lab's docker commands must not read, or write, the configuration of the user who runs the tests.
  LAB_DOCKER_CONFIG=$RUN/docker-config
else
  LAB_DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker}
fi
lab_docker() { DOCKER_CONFIG=$LAB_DOCKER_CONFIG "$(docker_program)" "$@"; }
docker_program() { if own_engine; then printf '%s/usr/bin/docker' "$(built docker)"; else printf docker; fi; }
