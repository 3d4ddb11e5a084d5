import { KUBELET_SERVICE } from '../../../core/node/layout.ts';
import { markedEntry } from '../../../core/node/marked-entry.ts';
import { formatDockerConfig } from '../../../core/registry/docker-config.ts';
import type { Supply } from './supply.ts';

/**
 * The first `config.json` of a node that has none, written before the agent is copied, so that pulls don't wait for that.
 * Empty where that is not wanted: a plugin leaves no file, and with `never` the kubelet may not be restarted.
 */
export function firstConfig({ config, first }: Pick<Supply, 'config' | 'first'>): string {
  if (config.delivery === 'credential-provider' || config.restart === 'never') return '';
  if (first.length === 0) return '';
  const auths = Object.fromEntries(
    first.flatMap((login) => login.registries.map((registry) => [registry, markedEntry(login)])),
  );
  return formatDockerConfig({ auths });
}

/**
 * A shell function that writes `$content` to `$config`, where no file may be, notes its digest in `$note` and has the
 * kubelet read it. The restart is not waited for: whether the kubelet is healthy is checked when the agent is in place.
 */
export const WRITE_FIRST_CONFIG = `write_first_config() {
  umask 077
  mkdir -p "$(dirname "$note")" && printf %s "$content" > "$config.kindgcr" &&
    sha256sum < "$config.kindgcr" > "$note" && mv "$config.kindgcr" "$config" &&
    systemctl --no-block restart ${KUBELET_SERVICE}
}
`;

/** A shell function that removes it again, unless the file is another one by now. */
export const REMOVE_FIRST_CONFIG = `remove_first_config() {
  [ -f "$note" ] || return 0
  [ "$(sha256sum < "$config" 2>/dev/null)" != "$(cat "$note")" ] || rm -f "$config"
  rm -f "$note"
}
`;
