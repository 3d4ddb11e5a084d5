import { UNTIL_HEALTHY } from '../plugin/registration.ts';
import { FORMER_AGENT, FORMER_FILES, layout, NEW_AGENT } from './paths.ts';

/** Files that are restored together when the new agent does not start. */
export const KEPT = [layout.agentConfig, layout.keyfile, layout.unit, layout.state, layout.logins];

// Each script completes in the node even if kindgcr exits.

/**
 * Runs after LOOK, in the same shell, and uses its variables. stdin: the line that `swapArguments` returns, or EOF if there is
 * nothing to do; then one line per file (mode, path and content in base64, or `-` for none), a line with a dot, then what the
 * agent receives. Secrets are never arguments. stdout: the agent's status, and nothing for a node that could not
 * mint its own; then, and with `keep`, the previous agent stays for a rollback. The service starts when credentials are in
 * force: no pull needs it.
 */
export const SWAP = `read -r arguments || exit 0
set -eu
umask 077
set -- $arguments
verb=$1 runs=$2 sent=$3 keep=$4 new=$5 former=$6 before=$7; shift 7
exec 3>&1 1>&2 4<&0
rm -rf "$before" "$former"
mkdir "$before"
for file; do [ ! -f "$file" ] || cp -p "$file" "$before/\${file##*/}"; done
[ ! -f "$agent" ] || ln "$agent" "$former"
if [ -f "$unit" ]; then
  ! systemctl -q is-enabled "$service" 2>/dev/null || : > "$before/.enabled"
  ! systemctl -q is-active "$service" 2>/dev/null || : > "$before/.active"
fi
: > "$before/.complete"
if [ "$runs" != true ]; then [ ! -f "$unit" ] || systemctl -q disable --now "$service" || :
elif [ -f "$before/.active" ]; then systemctl stop "$service"
fi
while read -r mode path content && [ "$mode" != . ]; do
  if [ "$content" = - ]; then rm -f "$path"; continue; fi
  folder=\${path%/*}
  [ -d "$folder" ] || (umask 022; mkdir -p "$folder")
  printf %s "$content" | base64 -d > "$path.new"
  chmod "$mode" "$path.new"
  mv -f "$path.new" "$path"
done
[ "$mode" = . ]
if [ "$sent" = true ]; then
  chown 0:0 "$new"
  chmod 755 "$new"
  mv -f "$new" "$agent"
else rm -f "$new"
fi
"$agent" "$verb" --json <&4 > "$before/.status" &
pid=$! units=0 unread=
echo $pid > "$before/.pid"
# A reload takes as long as all the rest. Where nothing was of ours, systemd has only the new unit to read, and does so when
# that starts; before version 246 after a reload alone.
[ "$first" != true ] || unread=--no-reload
if [ "$runs" = true ]; then systemctl -q $unread enable "$service"; else systemctl daemon-reload; fi || units=$?
wait $pid || {
  code=$?
  if [ "$verb" != once ] || [ -f "$before/.stopped" ]; then exit $code; fi
  : > "$before/.status"
}
[ "$units" = 0 ] || exit "$units"
if [ "$runs" = true ]; then
  systemctl restart "$service" || { [ -n "$unread" ] && systemctl daemon-reload && systemctl restart "$service"; }
fi
[ "$first" != true ] || (${UNTIL_HEALTHY})
cat "$before/.status" >&3
[ "$keep" = true ] || [ ! -s "$before/.status" ] || rm -rf "$former" "$before"`;

/** What SWAP should do. */
export interface SwapArguments {
  /** The agent's command. */
  readonly verb: 'once' | 'receive';
  /** Whether its service should run. */
  readonly runs: boolean;
  /** Whether a new executable was copied. */
  readonly sent: boolean;
  /** Whether to keep the previous agent for a rollback, even when the swap succeeds. */
  readonly keep: boolean;
}

/** The first line that SWAP reads. */
export function swapArguments({ verb, runs, sent, keep }: SwapArguments): string {
  return [verb, runs, sent, keep, NEW_AGENT, FORMER_AGENT, FORMER_FILES, ...KEPT].join(' ');
}

/** Ends an agent that SWAP waits for. */
export const STOP = `: > "$1/.stopped"; kill "$(cat "$1/.pid")"`;

/** Restores what SWAP replaced; does nothing where SWAP had not started. */
export const RESTORE = `set -eu
agent=$1 new=$2 former=$3 before=$4 service=$5 unit=$6; shift 6
rm -f "$new"
[ -f "$before/.complete" ] || exit 0
systemctl stop "$service" 2>/dev/null || :
for file; do
  kept="$before/\${file##*/}"
  if [ -f "$kept" ]; then cp -p "$kept" "$file.new" && mv -f "$file.new" "$file"; else rm -f "$file"; fi
done
if [ "$former" -ef "$agent" ]; then rm -f "$former"
elif [ -f "$former" ]; then mv -f "$former" "$agent"
else rm -f "$agent"; fi
systemctl daemon-reload
if [ -f "$before/.enabled" ]; then systemctl -q enable "$service" 2>&1; else systemctl -q disable "$service" 2>/dev/null || :; fi
if [ -f "$before/.active" ]; then systemctl start "$service"
elif [ -x "$agent" ] && [ ! -f "$unit" ]; then "$agent" once > /dev/null 2>&1 || :; fi
rm -rf "$before"`;
