# shellcheck shell=bash
# What the lab is made of, and what it was last tried with. A suite moves on: then its next version is taken and reported.

# "ARTEFACT PACKAGE SUITE TRIED-WITH", one a line.
lab_parts() {
  cat << LIST
docker docker.io $DOCKER_SUITE 28.5.2
docker docker-cli $DOCKER_SUITE 28.5.2
docker docker-buildx $DOCKER_SUITE 0.29.1
docker docker-compose $DOCKER_SUITE 2.40.3
kind kind $DOCKER_SUITE 0.33.0
node-root systemd $NODE_SUITE 257
node-root containerd $NODE_SUITE 1.7.24
node-root runc $NODE_SUITE 1.1.15
containerd2 containerd $DOCKER_SUITE 2.1.9
containerd2 runc $DOCKER_SUITE 1.3.6
clients crane $DOCKER_SUITE 0.20.7
clients oras $DOCKER_SUITE 1.3.3
LIST
}

# The upstream version of a package in an artefact; nothing when that is not built.
part_version() {
  local version file
  file=$(built "$1")
  if [ -d "$file/root/var/lib/dpkg" ]; then
    # shellcheck disable=SC2016 # for dpkg-query
    version=$(dpkg-query --admindir="$file/root/var/lib/dpkg" --show --showformat '${Version}' "$2")
  else
    version=$(awk -v package="$2" '$1 == package { print $2 }' "$file/packages" 2> /dev/null || true)
  fi
  version=${version#*:}
  printf '%s\n' "${version%%[-+~]*}"
}

report_versions() {
  local artefact package suite tried version
  while read -r artefact package suite tried; do
    version=$(part_version "$artefact" "$package")
    say "$(printf '%-12s %-15s %-8s %s' "$artefact" "$package" "$suite" "${version:-$tried, not built yet}")"
  done < <(lab_parts)
  say "$(printf '%-12s %-15s %-8s %s' kubelet kubernetes $KUBERNETES_SUITE "${KUBERNETES_VERSION#v}$([ -d "$(built kubelet)" ] || echo ', not built yet')")"
}

report_moved_suites() {
  local artefact package suite tried version
  while read -r artefact package suite tried; do
    version=$(part_version "$artefact" "$package")
    [ -z "$version" ] || [[ $version == "$tried"* ]] || say "note: $package of Debian $suite is $version, the lab was tried with $tried"
  done < <(lab_parts)
}
