# shellcheck shell=bash
# Docker itself: the engine with its containerd, and the CLI with its plugins, unpacked from Debian's packages.

make_docker() {
  local program
  unpack_packages $DOCKER_SUITE "$1" docker.io docker-cli containerd docker-buildx docker-compose
  for program in usr/sbin/dockerd usr/bin/containerd usr/bin/docker; do
    "$1/$program" --version || fail $EX_UNAVAILABLE "$program of Debian $DOCKER_SUITE does not run on this machine" \
      'The suite may have moved on to a newer glibc: run the lab on a newer Debian.'
  done
}
inputs_docker() { printf '%s\n' $DOCKER_SUITE; }

# The clients of registries that the machine's own suite may not have; like Docker itself, they run anywhere.
make_clients() { unpack_packages $DOCKER_SUITE "$1" crane oras; }
inputs_clients() { printf '%s\n' $DOCKER_SUITE; }

lab_clients() {
  need_host
  build clients
  mkdir -p "$LAB/bin"
  ln -sfn "$(built clients)/usr/bin/crane" "$LAB/bin/crane"
  ln -sfn "$(built clients)/usr/bin/oras" "$LAB/bin/oras"
}

# Programs that keep Docker's logins, for tests of `--from-docker`.
make_credential_helpers() { unpack_packages $DOCKER_SUITE "$1" amazon-ecr-credential-helper golang-docker-credential-helpers pass; }
inputs_credential_helpers() { printf '%s\n' $DOCKER_SUITE; }

lab_credential_helpers() {
  local program
  need_host
  build credential-helpers
  mkdir -p "$LAB/bin"
  for program in docker-credential-ecr-login docker-credential-pass pass; do
    ln -sfn "$(built credential-helpers)/usr/bin/$program" "$LAB/bin/$program"
  done
}
