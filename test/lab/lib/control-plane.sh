# shellcheck shell=bash
# The images of the control plane, under the names that kubeadm of this version gives them, so that nothing is pulled.

make_etcd() { unpack_packages $KUBERNETES_SUITE "$1" etcd-server; }
inputs_etcd() { printf '%s\n' $KUBERNETES_SUITE; }

make_control_plane() {
  local name folder root
  root=$(built node-root)/root
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy etcd; do
    busybox_root "$TMPDIR/$name"
    mkdir -p "$TMPDIR/$name/usr/local/bin"
  done
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
    cp "$(built kubernetes)/$name" "$TMPDIR/$name/usr/local/bin/"
  done
  mount --bind "$(built etcd)/usr/bin" "$root/mnt"
  copy_programs "$root" "$TMPDIR/etcd" /mnt/etcd
  mv "$TMPDIR/etcd/mnt/etcd" "$TMPDIR/etcd/usr/local/bin/etcd"
  umount "$root/mnt"
  # kube-proxy calls these.
  folder=$TMPDIR/kube-proxy
  copy_programs "$root" "$folder" /usr/sbin/xtables-nft-multi /usr/sbin/conntrack
  mkdir -p "$folder/usr/lib/x86_64-linux-gnu"
  cp -r "$root/usr/lib/x86_64-linux-gnu/xtables" "$folder/usr/lib/x86_64-linux-gnu/"
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -s xtables-nft-multi "$folder/usr/sbin/$name"
  done
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
    image_archive "$1/$name.tar" "k8s.gcr.io/$name:$KUBERNETES_VERSION" "$TMPDIR/$name" "$(program_config $name)"
  done
  image_archive "$1/etcd.tar" "$ETCD_IMAGE" "$TMPDIR/etcd" "$(program_config etcd)"
}
inputs_control_plane() {
  input_functions copy_programs program_config image_archive busybox_root
  input_artefacts busybox etcd kubernetes node-root
  printf '%s\n' "$ETCD_IMAGE"
}

program_config() { printf '{ "Entrypoint": ["%s"], "Env": ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin"] }' "$1"; }

# copy_programs ROOT FOLDER PATH...: programs of a root with the shared libraries they need.
copy_programs() {
  local root=$1 folder=$2 file
  shift 2
  { printf '%s\n' "$@"; chroot "$root" ldd "$@" | grep -o '/[^ ]*[^ :]'; } | sort -u | while read -r file; do
    mkdir -p "$folder/$(dirname "$file")"
    cp -L "$root/$file" "$folder/$file"
  done
}
