# shellcheck shell=bash
# The lab's Docker engine: a dockerd with a network and a mount namespace of its own. There, and nowhere else, /etc/hosts,
# /etc/resolv.conf and /etc/docker are the lab's own files under run/, so that tests can make gcr.io mean what they need. The
# namespaces live as long as dockerd and its containers: nothing stays mounted on the machine.

ENGINE_PID_FILE=$RUN/docker.pid

# The process id of the running engine; fails when there is none. After a reboot the number may belong to another process.
# In the shell alone: `lab exec` asks at each command of the tests.
engine_pid() {
  local pid words
  { read -r pid || [ -n "$pid" ]; } 2> /dev/null < "$ENGINE_PID_FILE" || return 1
  mapfile -d '' -t words 2> /dev/null < "/proc/$pid/cmdline" || return 1
  [[ " ${words[*]} " == *" --pidfile $ENGINE_PID_FILE "* ]] || return 1
  printf '%s\n' "$pid"
}

engine_answers() { lab_docker version; }
engine_answers_or_died() { engine_answers || ! kill -0 "$1"; }

need_engine() {
  if own_engine && ! engine_pid > /dev/null; then fail $EX_UNAVAILABLE 'the lab is not running' "Start it: $LAB_HOME/lab up"; fi
}

engine_start() {
  local from=$EPOCHREALTIME pid
  if engine_pid > /dev/null && engine_answers > /dev/null 2>&1; then return; fi
  engine_stop
  # Mount points for the private copies. An empty /etc/docker is all that the engine leaves on the machine.
  mkdir -p "$RUN/etc-docker" "$RUN/docker-config" "$LAB/log" /etc/docker
  # An entry, because docker puts a credential store of this machine into an empty one.
  printf '{ "auths": { "lab.invalid": {} } }\n' > "$RUN/docker-config/config.json"
  printf '{ "features": { "containerd-snapshotter": %s } }\n' "$([ "$IMAGE_STORE" = containerd ] && echo true || echo false)" > "$RUN/etc-docker/daemon.json"
  # The engine outlives the checkout that started it.
  install -m 755 "$LAB_HOME/runc-lab" "$RUN/runc-lab"
  [ -s "$RUN/hosts" ] || hosts_file > "$RUN/hosts"
  # The lab's own name server, see engine_inside.
  printf 'nameserver %s\n' $LAB_ADDRESS > "$RUN/resolv.conf"
  # The lab's locks stay with the lab: a daemon that inherits them would never release them.
  setsid unshare --net --mount --propagation slave "$LAB_HOME/lab" engine-inside > "$LAB/log/dockerd.log" 2>&1 < /dev/null 8>&- 9>&- &
  pid=$!
  poll 300 engine_answers_or_died $pid
  if ! engine_answers > /dev/null 2>&1; then
    tail -n 15 "$LAB/log/dockerd.log" | sed 's/^/lab:   | /' >&2
    fail $EX_SOFTWARE 'the Docker engine did not come up' "See $LAB/log/dockerd.log"
  fi
  lab_docker network inspect $NODE_NETWORK > /dev/null 2>&1 || lab_docker network create $NODE_NETWORK > /dev/null
  say "engine: Docker $(lab_docker version --format '{{.Server.Version}}') with the $IMAGE_STORE image store up after $(since "$from") s"
}

# Inside the new namespaces (internal subcommand): becomes dockerd.
engine_inside() {
  ip link set lo up
  ip address add $LAB_ADDRESS/32 dev lo
  mount --bind "$RUN/hosts" /etc/hosts
  [ ! -e /etc/resolv.conf ] || mount --bind "$RUN/resolv.conf" "$(readlink -f /etc/resolv.conf)"
  mount --bind "$RUN/etc-docker" /etc/docker
  # Says of every name that it doesn't exist. Without it each question a node asks (kind's entrypoint asks for host.docker.internal) would
  # wait 5 seconds for a server that is out of reach.
  dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --local=/#/ --listen-address=$LAB_ADDRESS --bind-interfaces --pid-file="$RUN/dnsmasq.pid"
  # dockerd looks for docker-proxy, containerd and its shim there. runc is this machine's own: the one beside this Docker may need a newer glibc.
  PATH=$(built docker)/usr/bin:$(built docker)/usr/sbin:$PATH
  # Read at the first TLS connection, which is after `lab trust`.
  [ "$IMAGE_STORE" != containerd ] || export SSL_CERT_DIR=$RUN/etc-docker/authorities
  # cgroupfs, because the node's own runtime uses it, and because a systemd of the machine is none of the lab's business.
  exec dockerd --data-root "$LAB/docker$STORE_SUFFIX" --exec-root "$RUN/exec" --pidfile "$ENGINE_PID_FILE" --host "$DOCKER_HOST" \
    --add-runtime "lab=$RUN/runc-lab" --default-runtime lab --exec-opt native.cgroupdriver=cgroupfs \
    --default-address-pool base=172.31.0.0/16,size=24
}

# Stops the engine and what it left behind when it did not end by itself; its data (images, stopped nodes) stays.
engine_stop() {
  local pid
  [ -d "$RUN" ] || return 0
  registry_stop
  if pid=$(engine_pid); then
    kill "$pid" 2> /dev/null || true
    poll 30 eval "! kill -0 $pid" || kill -9 "$pid" 2> /dev/null || true
  fi
  # The name server always, and after a crash the engine's containerd and its shims; all are recognized by the lab's folder in their arguments.
  for pid in $(pgrep -f -- "^([^ ]*/)?(containerd|containerd-shim-runc-v2|dnsmasq) .*$RUN/" || true); do kill -9 "$pid" 2> /dev/null || true; done
  rm -rf --one-file-system "$RUN/exec" "$ENGINE_PID_FILE" "$RUN/docker.sock"
}

lab_exec() {
  [ $# -gt 0 ] || fail $EX_USAGE 'usage: lab exec CMD...'
  if own_engine; then
    local pid
    pid=$(engine_pid) || need_engine
    exec nsenter --target "$pid" --net --mount --wd="$PWD" -- "$@"
  fi
  exec "$@"
}
