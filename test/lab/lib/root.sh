# shellcheck shell=bash
# The node's file system before Kubernetes: Debian with systemd, containerd and what kind's own node image installs.

NODE_PACKAGES=(
  systemd dbus containerd runc containernetworking-plugins iptables nftables iproute2 conntrack ethtool socat mount util-linux kmod
  ca-certificates curl procps jq bash libseccomp2 pigz bsdutils findutils hostname
)

make_node_root() {
  local packages
  packages=$(IFS=, && printf '%s' "${NODE_PACKAGES[*]}")
  with_lists true
  # How this machine reaches its mirror (proxies, checks) holds for the packages of the node, too.
  apt-config dump --format '%F "%v";%n' Acquire | grep -v '::IndexTargets::' > "$TMPDIR/acquire"
  grep "^deb .* $NODE_SUITE main" "$LAB/apt/sources.list" > "$TMPDIR/sources.list"
  mmdebstrap --mode=root --variant=minbase --include="$packages" --skip=check/qemu \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' --aptopt="$TMPDIR/acquire" \
    $NODE_SUITE "$1/root" "$TMPDIR/sources.list"
  # A proxy's address may hold a password: it goes no further.
  rm "$1/root/etc/apt/apt.conf.d/99mmdebstrap" "$TMPDIR/acquire"
}
inputs_node_root() { printf '%s\n' $NODE_SUITE "${NODE_PACKAGES[@]}"; }
