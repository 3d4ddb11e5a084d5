# shellcheck shell=bash
# The way back: nodes, everything that runs, or the cache too.

lab_down() {
  case ${1:-} in
    '') down_all ;;
    --purge) down_all && purge ;;
    -*) fail $EX_USAGE "usage: lab down [NODE...], or lab down --purge" ;;
    *) remove_nodes "$@" ;;
  esac
}

down_all() {
  local nodes=()
  if ! own_engine; then
    registry_stop
    say "the machine's own engine goes on; remove clusters by: kind delete cluster --name NAME"
    return
  fi
  if engine_pid > /dev/null; then
    mapfile -t nodes < <(lab_docker ps -aq)
    [ ${#nodes[@]} -eq 0 ] || lab_docker rm -fv "${nodes[@]}" > /dev/null
  fi
  engine_stop
  rm -rf --one-file-system "$RUN" "$RUN/kubeconfig"
  say 'down; what was built is kept (lab down --purge removes it)'
}

purge() {
  # Only what the lab itself has made: KINDGCR_LAB may name a folder that holds other things.
  rm -rf --one-file-system "${LAB:?}"/{apt,aside,bin,built,cli-plugins,docker,docker-ctrd,gocache,lock,log,registry,registry-ctrd,run,run-ctrd}
  rmdir "$LAB" 2> /dev/null || true
  say "removed what the lab has built below $LAB"
}
