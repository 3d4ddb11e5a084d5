# shellcheck shell=bash
# What the user sees: one line for each slow step, one sentence for each failure. All on stderr.

say() { printf 'lab: %s\n' "$*" >&2; }

# fail EXIT_CODE SENTENCE [HINT]
fail() {
  say "$2"
  [ -z "${3:-}" ] || say "  $3"
  exit "$1"
}

# Seconds since $1, a value of $EPOCHREALTIME (in which some locales have a comma), with one digit.
since() { awk -v from="${1/,/.}" -v to="${EPOCHREALTIME/,/.}" 'BEGIN { printf "%.1f", to - from }'; }

# poll SECONDS COMMAND...: asks every 0.2 s until COMMAND succeeds; fails when the time is over.
poll() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}
