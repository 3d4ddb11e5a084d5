# shellcheck shell=bash
# Debian packages: some installed on the machine, most only unpacked into the lab's cache. The lab has package lists of its own, for the
# suites it takes things from, verified with the Debian archive's keyring; their mirror is the one this machine already uses.

ARCHIVE_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# What the machine itself must have: "COMMAND PACKAGE", one a line.
machine_packages() {
  cat << 'LIST'
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
gpg gpg
gpg-agent gpg-agent
/usr/lib/systemd/systemd systemd
LIST
}

# missing_packages [PACKAGE...]: those of them that the machine hasn't; of all, when none is named.
missing_packages() {
  local command package
  machine_packages | while read -r command package; do
    case " ${*:-$package} " in *" $package "*) command -v "$command" > /dev/null || printf '%s\n' "$package" ;; esac
  done | sort -u
}

apt_install() {
  local options=(-q -y -o DPkg::Lock::Timeout=300) policy=/usr/sbin/policy-rc.d
  # Packages must not start their services. Debian runs this program before it starts one (101: don't). An existing one stays as it is.
  if [ ! -e $policy ]; then
    # shellcheck disable=SC2064 # the name of now
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
  fi
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Release' -mmin -30 2> /dev/null)" ]; then
    # A source of the machine's that doesn't answer is no reason to stop; a missing package fails in the next line.
    apt-get "${options[@]}" update || true
  fi
  DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install --no-install-recommends "$@"
}

# install_packages [PACKAGE...], as above.
install_packages() {
  local packages from=$EPOCHREALTIME log=$LAB/log/install.log status=0
  mapfile -t packages < <(missing_packages "$@")
  [ ${#packages[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${packages[*]} ..."
  mkdir -p "$LAB/log"
  # A separate process, so that `set -e` holds.
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

SUITES=($KUBERNETES_SUITE $NODE_SUITE $DOCKER_SUITE)

refresh_lists() {
  local suite mirror options
  mirror=$(debian_mirror)
  case $mirror in *:/*) ;; *) fail $EX_UNAVAILABLE 'found no Debian mirror in the apt sources of this machine' 'Name one: KINDGCR_LAB_MIRROR=URL' ;; esac
  mkdir -p "$LAB/apt/lists/partial" "$LAB/apt/cache/archives/partial"
  for suite in "${SUITES[@]}"; do
    options=signed-by=$ARCHIVE_KEYS
    # A mirror's copy of a testing suite may be older than the week that such a suite is declared valid for.
    [ "$suite" != $DOCKER_SUITE ] || options+=' check-valid-until=no'
    printf 'deb [%s] %s %s main\ndeb-src [%s] %s %s main\n' "$options" "$mirror" "$suite" "$options" "$mirror" "$suite"
  done > "$LAB/apt/sources.list"
  if ! apt-get "${APT_OPTIONS[@]}" --error-on=any update && ! apt-get "${APT_OPTIONS[@]}" --error-on=any update; then
    fail $EX_UNAVAILABLE "apt-get could not read Debian ${SUITES[*]} from $mirror (the lines above say which)" \
      'A suite that has left this mirror may be on another: KINDGCR_LAB_MIRROR=URL. A missing key: apt-get install debian-archive-keyring.'
  fi
  printf '%s\n' "${SUITES[*]}" > "$LAB/apt/refreshed"
}
lists_are_there() { [ "$(cat "$LAB/apt/refreshed" 2> /dev/null)" = "${SUITES[*]}" ]; }

# with_lists COMMAND...: runs an apt command over the lab's lists; when it fails, the lists may be older than the mirror: refresh, once more.
with_lists() {
  (
    mkdir -p "$LAB/apt" && flock 7
    lists_are_there || refresh_lists
  ) 7> "$LAB/lock/apt"
  "$@" || { (flock 7 && refresh_lists) 7> "$LAB/lock/apt" && "$@"; }
}

# unpack_packages SUITE FOLDER PACKAGE...: the files of packages, without installing them, and FOLDER/packages with their versions.
unpack_packages() {
  local suite=$1 folder=$2 package downloads
  shift 2
  downloads=$(mktemp -d)
  if ! (cd "$downloads" && with_lists apt-get "${APT_OPTIONS[@]}" download "${@/%//$suite}"); then
    for package in "$@"; do
      apt-cache "${APT_OPTIONS[@]}" madison "$package" | grep -q " $suite/" || fail $EX_UNAVAILABLE "Debian $suite has no package $package" \
        "The suite has moved on: look for what replaces it (apt-cache search), and change it in $LAB_HOME/lib."
    done
    fail $EX_UNAVAILABLE "could not download $* from Debian $suite" 'Is the mirror reachable? KINDGCR_LAB_MIRROR=URL names another.'
  fi
  mkdir -p "$folder"
  for package in "$downloads"/*.deb; do
    dpkg-deb -x "$package" "$folder"
    dpkg-deb --show --showformat '${Package} ${Version}\n' "$package" >> "$folder/packages"
  done
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
