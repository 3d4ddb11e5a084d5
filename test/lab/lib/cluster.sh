# shellcheck shell=bash
# A whole cluster, created by the real kind.

lab_cluster() {
  local name=${1:-} workers=${2:-0} image=$CLUSTER_IMAGE kind=kind from=$EPOCHREALTIME
  [[ $name =~ ^[a-z0-9][a-z0-9.-]*$ && $workers =~ ^[0-9]$ ]] || fail $EX_USAGE 'usage: lab cluster NAME [WORKERS]'
  need_engine
  if own_engine; then
    lab_cluster_image > /dev/null
    kind=$LAB/bin/kind
  else
    image=$MACHINE_NODE_IMAGE
  fi
  if [ -e "$RUN/cluster-$name" ] && kind_in_lab "$kind" get clusters 2> /dev/null | grep -qx "$name"; then
    say "cluster $name is there already"
    return
  fi
  mkdir -p "$RUN"
  # Remove what an interrupted creation has left.
  kind_in_lab "$kind" delete cluster --name "$name" 2> /dev/null
  cluster_config "$workers" > "$RUN/kind-$name.yaml"
  # kind's output is progress for the user, so it goes to stderr like all of the lab's.
  kind_in_lab "$kind" create cluster --name "$name" --image "$image" --config "$RUN/kind-$name.yaml" --wait 4m >&2 ||
    fail $EX_SOFTWARE "kind could not create the cluster $name" "Keep its nodes to look into them: lab exec kind create cluster --retain --name $name --image $image --config $RUN/kind-$name.yaml"
  # Debian has no CoreDNS, and without the network it can't be pulled: its pods would stay at ImagePullBackOff.
  if own_engine; then
    kind_in_lab "$LAB/bin/kubectl" --context "kind-$name" --namespace kube-system scale deployment coredns --replicas 0 > /dev/null
  fi
  touch "$RUN/cluster-$name"
  say "cluster $name up after $(since "$from") s; lab exec kubectl --context kind-$name get nodes"
}

# For tests that call kind themselves: builds the image that its nodes are made of, and prints its name.
lab_cluster_image() {
  if own_engine; then
    need_engine
    build go kubernetes-source kubelet openapi kubernetes etcd busybox preload node-root kind-source kind control-plane cluster-image
    load_node_image cluster-image "$CLUSTER_IMAGE"
    link_programs
    printf '%s\n' "$CLUSTER_IMAGE"
  else
    printf '%s\n' "$MACHINE_NODE_IMAGE"
  fi
}

kind_in_lab() { (DOCKER_CONFIG=$LAB_DOCKER_CONFIG KUBECONFIG=$RUN/kubeconfig lab_exec "$@"); }

# The lab's node image has no kindnetd, but a network configuration of its own; the machine's node image keeps what it has.
cluster_config() {
  local worker
  printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking: { ipFamily: ipv4, disableDefaultCNI: %s }\nnodes:\n  - role: control-plane\n' \
    "$(own_engine && echo true || echo false)"
  if ! own_engine && [ -n "$(machine_kubelet_config)" ]; then
    printf '    kubeadmConfigPatches:\n      - |\n        kind: KubeletConfiguration\n        %s\n' "$(machine_kubelet_config)"
  fi
  for ((worker = 0; worker < $1; worker++)); do printf '  - role: worker\n'; done
}
