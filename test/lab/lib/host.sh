# shellcheck shell=bash
# The machine that the lab runs on: can it be used, and what is in the way if not.

# Prints one sentence for what is missing, nothing when the lab can run.
obstacle() {
  if ! own_engine; then
    machine_obstacle
  elif [ "$(uname -s)" != Linux ]; then
    echo "the lab needs Linux, this is $(uname -s)"
  elif [ "$(id -u)" -ne 0 ]; then
    echo 'the lab needs root (it makes namespaces and runs a Docker engine)'
  elif ! command -v apt-get > /dev/null || ! [ -e $ARCHIVE_KEYS ]; then
    echo 'the lab needs Debian: it takes every part from Debian packages by apt-get'
  elif [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo "the lab was built for amd64 only, this is $(dpkg --print-architecture)"
  elif ! unshare --net --mount --pid --fork true 2> /dev/null; then
    echo 'the lab may not make namespaces here (no CAP_SYS_ADMIN)'
  elif [ ${#LAB} -gt 60 ]; then
    echo "the path $LAB is too long for the sockets in it (name a shorter one by KINDGCR_LAB)"
  elif ! [ -d "$LAB/built" ] && [ "$(free_gigabytes)" -lt 8 ]; then
    echo "the lab needs 8 GB below $LAB, there are $(free_gigabytes)"
  fi
}

machine_obstacle() {
  local command
  for command in docker kind; do
    if ! command -v $command > /dev/null; then
      echo "KINDGCR_E2E_NODE_IMAGE is set, but there is no $command on PATH"
      return
    fi
  done
  if ! docker info > /dev/null 2>&1; then
    echo 'KINDGCR_E2E_NODE_IMAGE is set, but `docker info` fails'
  elif ! docker image inspect "$MACHINE_NODE_IMAGE" > /dev/null 2>&1 && ! docker pull -q "$MACHINE_NODE_IMAGE" > /dev/null 2>&1; then
    echo "docker neither has nor can pull the node image $MACHINE_NODE_IMAGE"
  fi
}

# Of the first folder above the lab that exists already.
free_gigabytes() {
  local folder=$LAB
  until [ -d "$folder" ]; do folder=$(dirname "$folder"); done
  df --output=avail -BG "$folder" | tail -n 1 | tr -dc '0-9'
}

need_host() {
  local reason
  reason=$(obstacle)
  [ -z "$reason" ] || fail $EX_UNAVAILABLE "$reason"
}

lab_doctor() {
  need_host
  if own_engine; then
    say 'this machine can run the lab with an engine of its own'
    [ -z "$(missing_packages)" ] || say "to be installed by apt-get: $(missing_packages | xargs)"
    [ -d "$(built kubelet)" ] || say 'nothing is built yet: the first `lab up` takes some minutes'
    report_versions
  else
    say "the lab will use this machine's docker and kind with the node image $MACHINE_NODE_IMAGE"
  fi
}
