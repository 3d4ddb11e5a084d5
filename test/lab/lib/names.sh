# shellcheck shell=bash
# Names and trust: who gcr.io is, and whose certificates are believed, for the engine and in a node. Each call says all of it: what an
# earlier one said is removed.

# The engine's own /etc/hosts, which `lab exec` sees too.
hosts_file() {
  local line
  printf '127.0.0.1 localhost %s\n::1 localhost\n' "$(hostname)"
  for line in "$@"; do printf '%s\n' "$line"; done
}

check_names() {
  local line
  for line in "$@"; do
    [[ $line =~ ^[0-9a-fA-F.:]+([[:space:]]+[A-Za-z0-9.-]+)+$ ]] || fail $EX_USAGE "\"$line\" is not an address and its names" "Like this: '$LAB_ADDRESS gcr.io us.gcr.io'"
  done
}

lab_hosts() {
  check_names "$@"
  own_engine || fail $EX_UNAVAILABLE "the lab doesn't change the names of this machine's own Docker engine" 'Unset KINDGCR_E2E_NODE_IMAGE to use an engine of the lab.'
  need_engine
  # In place: the engine's /etc/hosts is a mount of this very file.
  hosts_file "$@" > "$RUN/hosts"
}

lab_trust() {
  local ca=${1:-} host certs=$RUN/etc-docker/certs.d
  [ $# -ge 2 ] || fail $EX_USAGE 'usage: lab trust CA.crt HOST...'
  [ -r "$ca" ] || fail $EX_USAGE "cannot read $ca"
  own_engine || fail $EX_UNAVAILABLE "the lab doesn't change what this machine's own Docker engine trusts" 'Unset KINDGCR_E2E_NODE_IMAGE to use an engine of the lab.'
  shift
  for host in "$@"; do
    mkdir -p "$certs/$host"
    cp "$ca" "$certs/$host/ca.crt"
  done
  # The containerd image store looks for certs.d at the registry, but not at its token endpoint.
  mkdir -p "$RUN/etc-docker/authorities"
  cp "$ca" "$RUN/etc-docker/authorities/lab.crt"
}

lab_node_trust() {
  local node=${1:-} ca=${2:-}
  [ $# -ge 2 ] || fail $EX_USAGE "usage: lab node-trust NODE CA.crt ['IP NAME...'...]"
  [ -r "$ca" ] || fail $EX_USAGE "cannot read $ca"
  shift 2
  check_names "$@"
  need_engine
  tar -C "$LAB_HOME/node/names" --owner=0 --group=0 --mode=u=rwX,go=rX -c . | lab_docker cp - "$node:/"
  lab_docker cp -q "$ca" "$node:/usr/local/share/ca-certificates/lab.crt" 2> /dev/null || lab_docker cp "$ca" "$node:/usr/local/share/ca-certificates/lab.crt"
  { [ $# -eq 0 ] || printf '%s\n' "$@"; } | lab_docker exec -i "$node" sh -c 'cat > /etc/lab-names'
  # What update-ca-certificates does, for the one certificate: that starts several programs for each of the 150 others.
  # containerd reads the CA store once, when it starts; its containers, and the pods, live on.
  lab_docker exec "$node" sh -c '
    set -e
    ca=/usr/local/share/ca-certificates/lab.crt
    cd /etc/ssl/certs
    [ -e ca-certificates.crt.before ] || cp -p ca-certificates.crt ca-certificates.crt.before
    cat ca-certificates.crt.before $ca > ca-certificates.crt
    ln -sf $ca lab.pem
    ln -sf lab.pem "$(openssl x509 -noout -hash -in $ca).0"
    systemctl enable -q lab-names.service
    /usr/local/sbin/lab-names
    systemctl restart containerd'
}
