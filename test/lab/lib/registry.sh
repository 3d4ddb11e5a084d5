# shellcheck shell=bash
# Debian's docker-registry, plain and open, on the lab's loopback: a front door that asks for credentials stands before it in the tests.

REGISTRY_PID_FILE=$RUN/registry.pid
REGISTRY_CONTAINER=kindgcr-lab-registry
# The same eight images under a path as gcr.io has it (PROJECT/IMAGE), and under one of Artifact Registry (PROJECT/REPOSITORY/IMAGE).
REPOSITORIES=(private/app private/repo/app)

registry_pid() {
  local pid
  pid=$(cat "$REGISTRY_PID_FILE" 2> /dev/null) || return 1
  tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF "serve $RUN/registry.yml" || return 1
  printf '%s\n' "$pid"
}

registry_get() { lab_exec_quietly curl -sf "http://$REGISTRY_ADDRESS/v2/$1"; }
lab_exec_quietly() { (lab_exec "$@"); }

registry_stop() {
  local pid
  if pid=$(registry_pid); then kill "$pid" 2> /dev/null || true; fi
  rm -f "$REGISTRY_PID_FILE"
  own_engine || docker rm -f "$REGISTRY_CONTAINER" > /dev/null 2>&1 || true
}

lab_registry() {
  local number repository from=$EPOCHREALTIME
  need_engine
  mkdir -p "$LAB/lock" "$RUN" "$LAB/registry$STORE_SUFFIX" "$LAB/log"
  exec 9> "$LAB/lock/registry"
  flock 9
  if ! registry_pid > /dev/null; then
    cat > "$RUN/registry.yml" << YAML
version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: $LAB/registry$STORE_SUFFIX }, delete: { enabled: true } }
http: { addr: "$REGISTRY_ADDRESS" }
YAML
    registry_start
    poll 120 registry_get '' || fail $EX_SOFTWARE 'docker-registry did not come up in 120 s' "See $LAB/log/registry.log"
  fi
  for number in {1..8}; do
    for repository in "${REPOSITORIES[@]}"; do push_app "$number" "$repository"; done
  done
  exec 9>&-
  say "registry: ${REPOSITORIES[*]}, each with tags 1 to 8, on $REGISTRY_ADDRESS of the lab after $(since "$from") s"
}

# Debian's registry where it is installed, else the image of the registry's own project on the machine's engine.
registry_start() {
  if command -v docker-registry > /dev/null; then
    setsid "$LAB_HOME/lab" exec docker-registry serve "$RUN/registry.yml" > "$LAB/log/registry.log" 2>&1 < /dev/null 8>&- 9>&- &
    echo $! > "$REGISTRY_PID_FILE"
  elif own_engine; then
    fail $EX_UNAVAILABLE 'docker-registry is not installed' 'Install it: apt-get install docker-registry'
  elif ! registry_get '' > /dev/null; then
    docker rm -f "$REGISTRY_CONTAINER" > /dev/null 2>&1 || true
    docker run -d --name "$REGISTRY_CONTAINER" -p "$REGISTRY_ADDRESS:5000" registry:2 > "$LAB/log/registry.log" 2>&1 ||
      fail $EX_UNAVAILABLE 'docker could not run the registry' "See $LAB/log/registry.log"
  fi
}

# load_app NUMBER: the engine has kindgcr.lab/private:NUMBER.
load_app() {
  if own_engine || { [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null && [ -e $ARCHIVE_KEYS ]; }; then
    build busybox apps
    lab_docker load -q -i "$(built apps)/$1.tar" > /dev/null
  else
    printf 'FROM busybox\nRUN echo app %s > /etc/app\nENTRYPOINT %s\n' "$1" "$(jq -c .Entrypoint <<< "$LONG_RUNNING")" |
      docker build -q -t "kindgcr.lab/private:$1" - > /dev/null
  fi
}

# The engine keeps nothing of what it pushes: a test that pulls these images must really get them from the registry.
push_app() {
  local image=$REGISTRY_ADDRESS/$2:$1
  if registry_get "$2/manifests/$1" > /dev/null; then return; fi
  load_app "$1"
  lab_docker tag "kindgcr.lab/private:$1" "$image"
  lab_docker push -q "$image" > /dev/null
  lab_docker rmi "$image" "kindgcr.lab/private:$1" > /dev/null
}

lab_images() {
  local repository
  need_engine
  registry_get '' > /dev/null || fail $EX_UNAVAILABLE 'the registry is not running' "Start it: $LAB_HOME/lab registry"
  for repository in $(registry_get _catalog | jq -r '.repositories[]'); do
    registry_get "$repository/tags/list" | jq -r '.name + ":" + (.tags // [] | sort[])'
  done
}
