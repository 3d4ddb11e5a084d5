# shellcheck shell=bash
# Debian packages: some installed on the machine, most only unpacked into the lab's cache. The lab has package lists of its own, for the
# two suites it takes things from; their mirror is the one this machine already uses.

ARCHIVE_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# What the machine itself must have: "COMMAND PACKAGE", one a line.
machine_packages() {
  cat << 'LIST'
dockerd docker.io
docker docker.io
runc runc
iptables iptables
dnsmasq dnsmasq-base
docker-registry docker-registry
mmdebstrap mmdebstrap
dpkg-source dpkg-dev
jq jq
openssl openssl
curl curl
ip iproute2
nsenter util-linux
flock util-linux
xz xz-utils
patch patch
update-ca-certificates ca-certificates
ps procps
LIST
}

# missing_packages [PACKAGE...]: those of them that the machine hasn't; of all, when none is named.
missing_packages() {
  local command package
  machine_packages | while read -r command package; do
    case " ${*:-$package} " in *" $package "*) command -v "$command" > /dev/null || printf '%s\n' "$package" ;; esac
  done | sort -u
}

# Trixie has the client in a package of its own; before that it came with the engine.
companion_packages() {
  [ -z "$(apt-cache --names-only search '^docker-cli$')" ] || printf 'docker-cli\n'
}

apt_install() {
  local options=(-q -y -o DPkg::Lock::Timeout=300) companions=() policy=/usr/sbin/policy-rc.d
  # The lab starts an engine of its own: the one that comes with the package is not to be started behind anybody's back. Debian asks
  # this program before it starts a service (101: don't). Where the machine has one already, it stays as it is.
  if [ ! -e $policy ]; then
    # shellcheck disable=SC2064 # the name of now
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
  fi
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Release' -mmin -30 2> /dev/null)" ]; then
    # A source of somebody else's that doesn't answer is no reason to stop; a missing package shows in the next line.
    apt-get "${options[@]}" update || true
  fi
  case " $* " in *' docker.io '*) mapfile -t companions < <(companion_packages) ;; esac
  DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install --no-install-recommends "$@" ${companions[@]+"${companions[@]}"}
}

# install_packages [PACKAGE...], as above.
install_packages() {
  local packages from=$EPOCHREALTIME log=$LAB/log/install.log status=0
  mapfile -t packages < <(missing_packages "$@")
  [ ${#packages[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${packages[*]} ..."
  mkdir -p "$LAB/log"
  # A process of its own, for the sake of `set -e`.
  "$LAB_HOME/lab" apt-install "${packages[@]}" > "$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    tail -n 8 "$log" | sed 's/^/lab:   | /' >&2
    fail $EX_UNAVAILABLE "apt-get could not install ${packages[*]}" "See $log; install them by hand, then run the same command again."
  fi
  hash -r
  mapfile -t packages < <(missing_packages "$@")
  [ ${#packages[@]} -eq 0 ] || fail $EX_UNAVAILABLE "apt-get succeeded but these are still missing: ${packages[*]}" "See $log."
  say "installed them in $(since "$from") s"
}

# The address this machine takes Debian's main archive from, out of either form of its sources: one-line or deb822.
debian_mirror() {
  local codename file
  if [ -n "${KINDGCR_LAB_MIRROR:-}" ]; then
    printf '%s\n' "$KINDGCR_LAB_MIRROR"
    return
  fi
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    # The empty line ends the last paragraph of a deb822 file.
    if [ -r "$file" ]; then cat "$file" && printf '\n'; fi
  done | awk -v suite="$codename" '
    function has(list, word,   words, n, i) { n = split(list, words, /[ \t]+/); for (i = 1; i <= n; i++) if (words[i] == word) return 1; return 0 }
    function found(uri) { if (uri != "" && !done) { done = 1; print uri } }
    /^deb[ \t]/ { gsub(/\[[^]]*\]/, ""); if ($3 == suite || $3 == "stable") found($2) }
    /^URIs:/ { uri = $2 }
    /^Suites:/ { suites = $0 }
    /^[ \t]*$/ || /^(URIs|Suites):/ { if (/^[ \t]*$/) { uri = suites = "" } else if (uri != "" && (has(suites, suite) || has(suites, "stable"))) found(uri) }'
}

APT_OPTIONS=(
  -q
  -o "Dir::Etc::SourceList=$LAB/apt/sources.list"
  -o "Dir::Etc::SourceParts=/dev/null"
  -o "Dir::State::Lists=$LAB/apt/lists"
  -o "Dir::Cache=$LAB/apt/cache"
  -o "Acquire::Languages=none"
  -o "APT::Sandbox::User=root"
)

refresh_lists() {
  local suite mirror
  mirror=$(debian_mirror)
  case $mirror in *:/*) ;; *) fail $EX_UNAVAILABLE 'found no Debian mirror in the apt sources of this machine' 'Name one: KINDGCR_LAB_MIRROR=URL' ;; esac
  mkdir -p "$LAB/apt/lists/partial" "$LAB/apt/cache/archives/partial"
  for suite in $NODE_SUITE $KIND_SUITE; do
    printf 'deb [signed-by=%s] %s %s main\ndeb-src [signed-by=%s] %s %s main\n' $ARCHIVE_KEYS "$mirror" "$suite" $ARCHIVE_KEYS "$mirror" "$suite"
  done > "$LAB/apt/sources.list"
  apt-get "${APT_OPTIONS[@]}" --error-on=any update || apt-get "${APT_OPTIONS[@]}" update
  touch "$LAB/apt/refreshed"
}

# with_lists COMMAND...: runs an apt command over the lab's lists; when it fails, the lists may be older than the mirror: refresh, once more.
with_lists() {
  (
    mkdir -p "$LAB/apt" && flock 7
    [ -e "$LAB/apt/refreshed" ] || refresh_lists
  ) 7> "$LAB/lock/apt"
  "$@" || { (flock 7 && refresh_lists) 7> "$LAB/lock/apt" && "$@"; }
}

# unpack_packages SUITE FOLDER PACKAGE...: the files of packages, without installing them.
unpack_packages() {
  local suite=$1 folder=$2 package downloads
  shift 2
  downloads=$(mktemp -d)
  (cd "$downloads" && with_lists apt-get "${APT_OPTIONS[@]}" download "${@/%//$suite}")
  mkdir -p "$folder"
  for package in "$downloads"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -rf "$downloads"
}

# unpack_source SUITE PACKAGE FOLDER: a source package with Debian's patches in it.
unpack_source() {
  local downloads
  downloads=$(mktemp -d)
  (cd "$downloads" && with_lists apt-get "${APT_OPTIONS[@]}" --download-only source "$2/$1")
  mkdir -p "$(dirname "$3")"
  dpkg-source --no-check -x "$downloads"/*.dsc "$3"
  rm -rf "$downloads"
}
