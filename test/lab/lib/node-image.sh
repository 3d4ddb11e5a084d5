# shellcheck shell=bash
# The node image: the Debian root, the files that kind's own image has, Kubernetes, and images that are there before the first pull.

make_node_image() { node_image "$1" "$NODE_IMAGE" 'kubelet/kubelet' 'preload'; }
inputs_node_image() {
  inputs_any_node_image
  input_artefacts kubelet preload
  printf '%s\n' "$NODE_IMAGE"
}

# The second node type: containerd 2, which no longer speaks the CRI version of this kubelet, so there is none.
make_containerd_node_image() { node_image "$1" "$CONTAINERD_NODE_IMAGE" '' 'preload' containerd2; }
inputs_containerd_node_image() {
  inputs_any_node_image
  input_artefacts preload containerd2
  printf '%s\n' "$CONTAINERD_NODE_IMAGE"
}

make_containerd2() { unpack_packages $DOCKER_SUITE "$1" containerd runc; }
inputs_containerd2() { printf '%s\n' $DOCKER_SUITE; }

# The same with everything that `kind create cluster` looks for.
make_cluster_image() { node_image "$1" "$CLUSTER_IMAGE" 'kubelet/kubelet kubernetes/kubeadm kubernetes/kubectl' 'preload control-plane'; }
inputs_cluster_image() {
  inputs_any_node_image
  input_artefacts kubelet kubernetes preload control-plane
  printf '%s\n' "$CLUSTER_IMAGE"
}

inputs_any_node_image() {
  input_functions node_image node_files node_services node_preload image_archive
  input_files "$LAB_HOME/node/base"
  input_artefacts node-root kind-source
}

# node_image FOLDER NAME PROGRAMS PRELOADS [OVER]: FOLDER/image.tar; PROGRAMS are files of artefacts, PRELOADS artefacts, and OVER is one
# whose files replace those of the root.
node_image() {
  local folder=$1 name=$2 programs=$3 preloads=$4 over=${5:-} root=$TMPDIR/root
  cp -a "$(built node-root)/root" "$root"
  [ -z "$over" ] || cp -a "$(built "$over")/usr/." "$root/usr/"
  node_files "$root" "$programs"
  node_services "$root"
  # shellcheck disable=SC2086 # a list of words
  node_preload "$root" $preloads
  image_archive "$folder/image.tar" "$name" "$root" "$(jq -n --arg inputs "$(artefact_hash "$(basename "$folder")")" '{
    Entrypoint: ["/usr/local/bin/entrypoint", "/sbin/init"],
    Env: ["container=docker", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    StopSignal: "SIGRTMIN+3",
    Labels: { "kindgcr.lab.inputs": $inputs } }')"
  rm -rf --one-file-system "$root"
}

node_files() {
  local root=$1 program files
  files=$(built kind-source)/images/base/files
  cp -r "$files/etc/." "$root/etc/"
  cp -r "$files/kind" "$root/"
  install -m 755 "$files/usr/local/bin/entrypoint" "$root/usr/local/bin/"
  chmod 755 "$root/kind/bin" "$root"/kind/bin/*
  cp -r "$LAB_HOME/node/base/." "$root/"
  find "$root/etc/systemd/system" "$root/etc/containerd" "$root/etc/default" "$root/etc/cni" -type f -exec chmod 644 {} +
  # kind's files look for programs where its own build puts them; Debian's are elsewhere.
  ln -sf /usr/bin/containerd /usr/bin/ctr /usr/bin/containerd-shim-runc-v2 "$root/usr/local/bin/"
  ln -sf /usr/sbin/runc "$root/usr/local/sbin/"
  mkdir -p "$root/opt/cni" "$root/etc/kubernetes/manifests"
  ln -sfn /usr/lib/cni "$root/opt/cni/bin"
  for program in $2; do install -m 755 "$(built "$program")" "$root/usr/bin/"; done
  printf '%s' $KUBERNETES_VERSION > "$root/kind/version"
  # kind does the same for a Kubernetes this old: cgroupfs, and the sandbox image that its kubeadm wants. The last one is for machines
  # whose root may not lower an out-of-memory score (no CAP_SYS_RESOURCE).
  sed -i -e 's/SystemdCgroup = true/SystemdCgroup = false/' -e "s#sandbox_image = .*#sandbox_image = \"$PAUSE_IMAGE\"#" \
    -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$root/etc/containerd/config.toml"
  # No limits in the base spec: they may be above what this machine's own hard limits allow.
  chroot "$root" ctr oci spec | jq '.hooks.createContainer += [{ path: "/kind/bin/mount-product-files.sh" }] | del(.process.rlimits)' \
    > "$root/etc/containerd/cri-base.json"
}

# The services that make sense in a container, as kind's image has them.
node_services() {
  local root=$1 units=$1/usr/lib/systemd/system
  rm -f "$units"/sysinit.target.wants/systemd-tmpfiles-setup.service "$units"/multi-user.target.wants/* "$units"/local-fs.target.wants/* \
    "$units"/basic.target.wants/* "$units"/sockets.target.wants/*{udev,initctl}* "$root"/etc/systemd/system/*.wants/*
  mkdir -p "$root/etc/systemd/journald.conf.d"
  printf '[Journal]\nReadKMsg=no\n' > "$root/etc/systemd/journald.conf.d/kind.conf"
  ln -sf /lib/systemd/systemd "$root/sbin/init"
  # Each node gets a machine id of its own at its first boot.
  : > "$root/etc/machine-id"
  chroot "$root" systemctl enable containerd.service undo-mount-hacks.service
  [ ! -x "$root/usr/bin/kubelet" ] || chroot "$root" systemctl enable kubelet.service
  chroot "$root" systemctl mask systemd-binfmt.service
}

# node_preload ROOT ARTEFACT...: imports the images of these artefacts into the node's own containerd, not unpacked, as kind does.
node_preload() {
  local root=$1 artefact containerd
  shift
  mkdir -p "$root/run/preload"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/run/preload"
  # btrfs: in a chroot, containerd 2 finds no mount for its folder, and then doesn't load its metadata store either.
  printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.snapshotter.v1.btrfs"]\n' > "$root/run/preload/config.toml"
  chroot "$root" containerd --config /run/preload/config.toml --root /var/lib/containerd --state /run/preload/state \
    --address /run/preload/containerd.sock &
  containerd=$!
  poll 20 chroot "$root" ctr --address /run/preload/containerd.sock version
  for artefact in "$@"; do
    mount --bind "$(built "$artefact")" "$root/mnt"
    for archive in "$root"/mnt/*.tar; do
      chroot "$root" ctr --address /run/preload/containerd.sock --namespace k8s.io images import --no-unpack "/mnt/${archive##*/}"
    done
    umount "$root/mnt"
  done
  kill $containerd
  wait $containerd || true
  umount "$root/run/preload" "$root/proc"
  rmdir "$root/run/preload"
}

# load_node_image ARTEFACT NAME: the engine has the image, and it is the one that is built now.
load_node_image() {
  local label from=$EPOCHREALTIME
  label=$(lab_docker image inspect --format '{{index .Config.Labels "kindgcr.lab.inputs"}}' "$2" 2> /dev/null || true)
  [ "$label" != "$(artefact_hash "$1")" ] || return 0
  lab_docker load -q -i "$(built "$1")/image.tar" > /dev/null
  # The one before it has lost its name; it goes as soon as no node is made of it.
  lab_docker image prune -f --filter label=kindgcr.lab.inputs > /dev/null
  say "loaded $2 in $(since "$from") s"
}
