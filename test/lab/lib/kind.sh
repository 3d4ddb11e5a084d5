# shellcheck shell=bash
# kind itself, and the files it puts into each node image, both from Debian.

make_kind() { unpack_packages $KIND_SUITE "$1" kind; }
inputs_kind() { printf '%s\n' $KIND_SUITE; }

# Only the upstream tarball is taken: it is all that is needed, and a mirror may have it when it has lost the rest of the source package.
make_kind_source() {
  local tarball
  with_lists true
  (cd "$TMPDIR" && { apt-get "${APT_OPTIONS[@]}" --download-only --tar-only source kind/$KIND_SUITE || with_lists apt-get "${APT_OPTIONS[@]}" --download-only --tar-only source kind/$KIND_SUITE; })
  tarball=$(echo "$TMPDIR"/kind_*.orig.tar.gz)
  tar -xzf "$tarball" -C "$1" --strip-components=1
}
inputs_kind_source() { printf '%s\n' $KIND_SUITE; }

make_busybox() { unpack_packages $NODE_SUITE "$1" busybox-static; }
inputs_busybox() { printf '%s\n' $NODE_SUITE; }

# bin/ is what `lab env` adds to PATH: links, made again whenever they are stale.
link_programs() {
  mkdir -p "$LAB/bin"
  ln -sfn "$(built kind)/usr/bin/kind" "$LAB/bin/kind"
  if [ -x "$(built kubernetes)/kubectl" ]; then ln -sfn "$(built kubernetes)/kubectl" "$LAB/bin/kubectl"; fi
}
