# shellcheck shell=bash
# Container images, written without a container engine: one layer, in the archive form that `docker load` and `ctr images import` read.
# The same folder always gives the same image, so that pushing or loading it twice moves nothing.

# image_archive ARCHIVE NAME FOLDER CONFIG: CONFIG is the image's config object (Entrypoint, Env, ...) as JSON.
image_archive() {
  local archive=$1 name=$2 folder=$3 config=$4 work layer
  work=$(mktemp -d)
  tar -C "$folder" --sort=name --mtime=@0 --numeric-owner --one-file-system -cf "$work/layer.tar" .
  layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  jq -n -c --argjson config "$config" --arg layer "sha256:$layer" '
    { architecture: "amd64", os: "linux", created: "1970-01-01T00:00:00Z", config: $config,
      rootfs: { type: "layers", diff_ids: [$layer] }, history: [{ created: "1970-01-01T00:00:00Z" }] }' > "$work/config.json"
  jq -n -c --arg name "$name" '[{ Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"] }]' > "$work/manifest.json"
  tar -C "$work" -cf "$archive" manifest.json config.json layer.tar
  rm -rf "$work"
}

# busybox_root FOLDER: enough of a system for a shell script.
busybox_root() {
  local command
  mkdir -p "$1/bin" "$1/etc" "$1/tmp"
  cp "$(built busybox)/usr/bin/busybox" "$1/bin/busybox"
  for command in sh sleep cat echo ls hostname wget httpd; do ln -sfn busybox "$1/bin/$command"; done
}

# Runs until it is stopped: as process 1 it would ignore SIGTERM without the trap.
LONG_RUNNING='{ "Entrypoint": ["/bin/sh", "-c", "trap \"exit 0\" TERM INT; echo started; while :; do sleep 3600 & wait $!; done"], "Env": ["PATH=/bin"] }'

# What each node has from the beginning: the image of pods' sandboxes, and an app that needs no registry.
make_preload() {
  busybox_root "$TMPDIR/root"
  image_archive "$1/pause.tar" "$PAUSE_IMAGE" "$TMPDIR/root" "$LONG_RUNNING"
  image_archive "$1/app.tar" kindgcr.lab/app:1 "$TMPDIR/root" "$LONG_RUNNING"
}
inputs_preload() {
  input_functions image_archive busybox_root
  input_artefacts busybox
  printf '%s\n' "$PAUSE_IMAGE" "$LONG_RUNNING"
}

# The private images: app:1 to app:8, each with a layer of its own, so that none is on a node because another one is.
make_apps() {
  local number
  for number in {1..8}; do
    busybox_root "$TMPDIR/$number"
    printf 'app %s\n' "$number" > "$TMPDIR/$number/etc/app"
    image_archive "$1/$number.tar" "kindgcr.lab/private:$number" "$TMPDIR/$number" "$LONG_RUNNING"
  done
}
inputs_apps() {
  input_functions image_archive busybox_root
  input_artefacts busybox
  printf '%s\n' "$LONG_RUNNING"
}
