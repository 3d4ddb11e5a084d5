# shellcheck shell=bash
# Nodes: containers that run a whole Kubernetes node, started with the flags and labels that kind gives its own.

lab_node() {
  local name=${1:-} cluster role from=$EPOCHREALTIME
  case $name in
    ?*-control-plane) cluster=${name%-control-plane} role=control-plane ;;
    ?*-worker | ?*-worker[0-9]) cluster=${name%-worker*} role=worker ;;
    *) fail $EX_USAGE 'usage: lab node CLUSTER-control-plane (or CLUSTER-worker): the name holds the cluster and the role, as with kind' ;;
  esac
  need_engine
  if ! own_engine; then
    machine_node "$cluster" "$name"
  elif [ -n "$(lab_docker container ls -aq --filter "name=^$name\$")" ]; then
    lab_docker start "$name" > /dev/null
  else
    create_node "$name" "$cluster" $role "$NODE_IMAGE" "$LAB_HOME/node/standalone"
  fi
  wait_for_node "$name"
  say "node $name up after $(since "$from") s"
}

# A node of the second type, for what needs no kubelet.
lab_containerd_node() {
  local name=${1:-} from=$EPOCHREALTIME
  [[ $name == ?*-control-plane ]] || fail $EX_USAGE 'usage: lab containerd-node CLUSTER-control-plane'
  own_engine || fail $EX_UNAVAILABLE "the machine's own node image has the containerd that it has" 'Unset KINDGCR_E2E_NODE_IMAGE to use nodes of the lab.'
  need_engine
  build busybox preload node-root kind-source containerd2 containerd-node-image
  load_node_image containerd-node-image "$CONTAINERD_NODE_IMAGE"
  create_node "$name" "${name%-control-plane}" control-plane "$CONTAINERD_NODE_IMAGE"
  poll 600 lab_docker exec "$name" sh -c 'systemctl -q is-active containerd && ctr version' ||
    fail $EX_SOFTWARE "node $name did not come up in 600 s" "Look into it: docker logs $name; docker exec $name journalctl -u containerd"
  say "node $name up after $(since "$from") s"
}

# create_node NAME CLUSTER ROLE IMAGE [FOLDER]: FOLDER's files are put into it before it starts.
create_node() {
  local name=$1 cluster=$2 role=$3 image=$4 folder=${5:-}
  lab_docker image inspect "$image" > /dev/null 2>&1 || fail $EX_UNAVAILABLE 'the node image is not built' "Build it: $LAB_HOME/lab up"
  # Set up under another name first, so that an interrupted setup is not mistaken for a node.
  lab_docker rm -fv "$name-unfinished" > /dev/null 2>&1 || true
  lab_docker create --tty --name "$name-unfinished" --hostname "$name" \
    --label "io.x-k8s.kind.cluster=$cluster" --label "io.x-k8s.kind.role=$role" \
    --privileged --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    --tmpfs /tmp --tmpfs /run --volume /var --volume /lib/modules:/lib/modules:ro \
    --network $NODE_NETWORK --restart on-failure:1 --init=false --cgroupns private "$image" > /dev/null
  [ -z "$folder" ] || tar -C "$folder" --owner=0 --group=0 --mode=u=rwX,go=rX -c . | lab_docker cp - "$name-unfinished:/"
  lab_docker rename "$name-unfinished" "$name"
  lab_docker start "$name" > /dev/null
}

# Where the machine's own kind is used, a node is a cluster of one node with the same two conveniences.
machine_node() {
  [ "$2" = "$1-control-plane" ] || fail $EX_USAGE "with KINDGCR_E2E_NODE_IMAGE set, a node is a whole cluster: lab node $1-control-plane"
  if kind get clusters 2> /dev/null | grep -qx "$1"; then return; fi
  kind create cluster --name "$1" --image "$MACHINE_NODE_IMAGE" --kubeconfig "$RUN/kubeconfig" --wait 5m --config - << YAML
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    readOnlyPort: 10255
    fileCheckFrequency: 2s
    $(machine_kubelet_config)
YAML
}

# What the kubelet's configuration must say on this machine: since 1.31 it may, and since 1.35 it must, be allowed to run on cgroup v1.
machine_kubelet_config() {
  local version
  [ "$(docker info --format '{{.CgroupVersion}}')" = 1 ] || return 0
  version=$(docker run --rm --entrypoint cat "$MACHINE_NODE_IMAGE" /kind/version)
  version=${version#v1.}
  [ "${version%%.*}" -lt 31 ] || printf 'failCgroupV1: false\n'
}

# Up means: containerd answers, and so do the kubelet's health port and its read-only port. The node asks itself: an exec for each
# question would keep a slow machine from starting it.
wait_for_node() {
  # shellcheck disable=SC2016 # for the shell in the node
  if ! poll 600 lab_docker exec "$1" sh -c 'for _ in $(seq 20); do
      if systemctl -q is-active containerd && [ "$(curl -s http://127.0.0.1:10248/healthz)" = ok ] &&
        curl -sf -o /dev/null http://127.0.0.1:10255/pods; then exit 0; fi
      sleep 0.5
    done; exit 1'; then
    lab_docker exec "$1" journalctl -u kubelet -n 10 --no-pager 2>&1 | sed 's/^/lab:   | /' >&2 || true
    fail $EX_SOFTWARE "node $1 did not come up in 600 s" "Look into it: docker logs $1; docker exec $1 journalctl -u kubelet -u containerd"
  fi
}

lab_kubelet_fastcache() {
  local node=${1:-}
  [ -n "$node" ] || fail $EX_USAGE 'usage: lab kubelet-fastcache NODE'
  own_engine || fail $EX_UNAVAILABLE "the lab doesn't exchange the kubelet of this machine's own node image" 'Unset KINDGCR_E2E_NODE_IMAGE to use nodes of the lab.'
  need_engine
  build go kubernetes-source kubelet-fastcache
  lab_docker exec "$node" systemctl stop kubelet
  lab_docker cp "$(built kubelet-fastcache)/kubelet" "$node:/usr/bin/kubelet" > /dev/null
  lab_docker exec "$node" systemctl start kubelet
  wait_for_node "$node"
}

remove_nodes() {
  local name
  for name in "$@"; do
    lab_docker rm -fv "$name" > /dev/null 2>&1 || say "could not remove node $name"
  done
}
