# shellcheck shell=bash
# From nothing to a running lab, and back.

lab_up() {
  local from=$EPOCHREALTIME
  need_host
  if ! own_engine; then
    say "using this machine's docker and kind with the node image $MACHINE_NODE_IMAGE"
    return
  fi
  mkdir -p "$LAB/lock" "$RUN" "$LAB/log"
  # The sockets and the lab's data are root's alone.
  chmod 700 "$LAB"
  exec 9> "$LAB/lock/up"
  flock --nonblock 9 || { say 'waiting for another `lab up`'; flock 9; }
  # Compiling the kubelet takes the longest: what it needs comes first, and everything else is done beside it. Called plainly, because
  # behind an `||` there would be no `set -e` in any of it.
  install_packages dpkg-dev patch xz-utils
  in_parallel build_kubelet up_all_but_kubelet
  build node-image
  load_node_image node-image "$NODE_IMAGE"
  link_programs
  report_moved_suites
  exec 9>&-
  say "up after $(since "$from") s"
}

up_all_but_kubelet() {
  install_packages
  build docker
  engine_start
  build node-root kind-source kind busybox preload
}

lab_env() {
  if own_engine; then printf 'export DOCKER_HOST=%q\n' "$DOCKER_HOST"; fi
  printf 'export KINDGCR_LAB=%q\n' "$LAB"
  printf 'export KINDGCR_LAB_RUN=%q\n' "$RUN"
  printf 'export KINDGCR_LAB_ADDRESS=%q\n' "$(lab_address)"
  if ! own_engine && [ -n "$(machine_kubelet_config)" ]; then printf 'export KINDGCR_LAB_FAIL_CGROUP_V1=false\n'; fi
  printf 'export KUBECONFIG=%q\n' "$RUN/kubeconfig"
  printf 'export PATH=%q:%q:"$PATH"\n' "$LAB_HOME" "$LAB/bin"
}

# Where services must listen for the engine and the nodes to reach them.
lab_address() {
  if own_engine; then
    printf '%s\n' $LAB_ADDRESS
  else
    # kind makes this network with its first cluster, and takes one that exists.
    docker network inspect kind > /dev/null 2>&1 || docker network create kind > /dev/null
    docker network inspect kind --format '{{range .IPAM.Config}}{{.Gateway}}{{"\n"}}{{end}}' 2> /dev/null | grep -m 1 '^[0-9]' || true
  fi
}
