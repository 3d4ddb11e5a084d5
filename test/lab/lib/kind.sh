# shellcheck shell=bash
# kind itself, and the files it puts into each node image, both from Debian.

make_kind() { unpack_packages $DOCKER_SUITE "$1" kind; }
inputs_kind() { printf '%s\n' $DOCKER_SUITE; }

# The node files of kind 0.27, the newest source that mirrors keep, with the two lines by which 0.33's differ. Only the upstream tarball is
# taken: a mirror may have it when it has lost the rest of the source package.
make_kind_source() {
  local tarball
  with_lists true
  (cd "$TMPDIR" && { apt-get "${APT_OPTIONS[@]}" --download-only --tar-only source kind/$NODE_SUITE || with_lists apt-get "${APT_OPTIONS[@]}" --download-only --tar-only source kind/$NODE_SUITE; })
  tarball=$(echo "$TMPDIR"/kind_*.orig.tar.gz)
  tar -xzf "$tarball" -C "$1" --strip-components=1
  sed -i 's#^    /etc/kubernetes/scheduler.conf#&\n    /etc/kubernetes/kubelet.conf#' "$1/images/base/files/usr/local/bin/entrypoint"
  grep -q '^    /etc/kubernetes/kubelet.conf' "$1/images/base/files/usr/local/bin/entrypoint"
  echo 'net.ipv4.conf.all.arp_ignore=0' >> "$1/images/base/files/etc/sysctl.d/10-network-magic.conf"
}
inputs_kind_source() { printf '%s\n' $NODE_SUITE; }

make_busybox() { unpack_packages $NODE_SUITE "$1" busybox-static; }
inputs_busybox() { printf '%s\n' $NODE_SUITE; }

# bin/ is what `lab env` adds to PATH: links, replaced when they are stale.
link_programs() {
  mkdir -p "$LAB/bin"
  ln -sfn "$(built docker)/usr/bin/docker" "$LAB/bin/docker"
  ln -sfn "$(built docker)/usr/libexec/docker/cli-plugins" "$LAB/cli-plugins"
  ln -sfn "$(built kind)/usr/bin/kind" "$LAB/bin/kind"
  if [ -x "$(built kubernetes)/kubectl" ]; then ln -sfn "$(built kubernetes)/kubectl" "$LAB/bin/kubectl"; fi
}
