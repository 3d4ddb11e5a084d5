# shellcheck shell=bash
# Artefacts: what is built once and kept. Artefact NAME is the folder built/NAME, made by the function make_NAME, whose inputs are
# listed by inputs_NAME. It is made in a folder aside and renamed into place, and its stamp, the hash of its inputs, is written last:
# whatever interrupts a build, no half of it is taken for whole, and a changed recipe is cooked again.

artefact_function() { printf '%s_%s' "$1" "${2//-/_}"; }

built() { printf '%s/built/%s' "$LAB" "$1"; }

# The recipe itself is always an input. Comments are not: `declare -f` leaves them out.
artefact_hash() {
  { declare -f "$(artefact_function make "$1")"; "$(artefact_function inputs "$1")"; } | sha256sum | cut -d' ' -f1
}

artefact_is_built() { [ "$(cat "$(built "$1").stamp" 2> /dev/null)" = "$(artefact_hash "$1")" ]; }

# Words for inputs_NAME: a recipe's helper functions, files or folders, and artefacts it is made of.
input_functions() { declare -f "$@"; }
input_files() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed "s#$LAB_HOME/##"; }
input_artefacts() { local name; for name in "$@"; do printf '%s %s\n' "$name" "$(artefact_hash "$name")"; done; }

# build NAME...: makes those that are missing or stale, one after the other.
build() {
  local name
  for name in "$@"; do
    artefact_is_built "$name" || "$LAB_HOME/lab" build "$name" || exit $?
  done
}

# The process that makes one artefact (internal subcommand): takes the artefact's lock, so that two labs never make the same thing twice.
build_artefact() {
  local name=$1 log=$LAB/log/$1.log from=$EPOCHREALTIME maker=
  mkdir -p "$LAB/lock" "$LAB/log" "$LAB/built"
  exec 8> "$LAB/lock/$name"
  flock --nonblock 8 || { say "waiting for another lab that is making $name"; flock 8; }
  if artefact_is_built "$name"; then return; fi
  # KILL, because `unshare --fork` ignores the gentler ones; its namespace ends with it.
  trap '[ -z "$maker" ] || kill -KILL "$maker" 2> /dev/null; exit 143' INT TERM
  say "making $name ..."
  # A mount and a process namespace of its own: when it dies, its mounts and children are gone with it.
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$LAB_HOME/lab" make "$name" > "$log" 2>&1 &
  maker=$!
  if ! wait "$maker"; then
    tail -n 15 "$log" | sed 's/^/lab:   | /' >&2
    fail $EX_SOFTWARE "could not make $name after $(since "$from") s" "The whole story is in $log. Run the same command again when the cause is gone: nothing that was made is lost."
  fi
  trap - INT TERM
  say "made $name in $(since "$from") s"
}

make_artefact() {
  local name=$1 aside=$LAB/aside/$1 hash
  hash=$(artefact_hash "$name")
  # What an interrupted build has left, its temporary files included, goes before the next one begins.
  rm -rf --one-file-system "$aside" "$aside.tmp"
  mkdir -p "$aside" "$aside.tmp"
  export TMPDIR=$aside.tmp
  "$(artefact_function make "$name")" "$aside"
  rm -f "$(built "$name").stamp"
  rm -rf --one-file-system "$(built "$name")"
  mv "$aside" "$(built "$name")"
  printf '%s\n' "$hash" > "$(built "$name").stamp.new"
  # The content must be on the disk before the stamp says so: a machine may lose its power, too.
  sync -f "$(built "$name")"
  mv "$(built "$name").stamp.new" "$(built "$name").stamp"
  rm -rf --one-file-system "$aside.tmp"
}

# in_parallel NAME...: each NAME is a function that builds; all run at once, and the first failure is the failure of the whole.
in_parallel() {
  local job pids=() failed=0
  for job in "$@"; do
    "$job" &
    pids+=($!)
  done
  # Background jobs of a script ignore Ctrl-C: forward it. They forward it to their own children.
  trap 'end_jobs "${pids[@]}"; exit 130' INT TERM
  for job in "${pids[@]}"; do wait "$job" || failed=$?; done
  trap - INT TERM
  return $failed
}

end_jobs() {
  local pid
  for pid in "$@"; do
    # shellcheck disable=SC2046 # a list of process ids
    kill $(ps -o pid= --ppid "$pid") "$pid" 2> /dev/null || true
  done
  wait
}
