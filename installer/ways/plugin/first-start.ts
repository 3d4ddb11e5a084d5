import { nodeLayout } from '../../../core/node/layout.ts';
import { DIALECTS, type Dialect, pluginConfig } from './dialect.ts';
import { pluginFlags } from './drop-in.ts';

const layout = nodeLayout();

/**
 * Shell lines that register the agent as credential provider before the kubelet's first start. They run in an
 * ExecStartPre, after kubeadm has written its flags file and before systemd reads it. Not a patch in kind's config, since
 * only the node knows its kubelet's version. `folder` is where the node mounts the files of `firstStartFiles`. A kubelet
 * without credential providers, or with another one, is left alone; the install that follows reports it.
 */
export function firstStartLines(folder: string): string {
  const choices = DIALECTS.map(
    (dialect, index) =>
      `${index === 0 ? 'if' : 'elif'} [ "\${minor:-0}" -ge ${dialect.since} ]; then dialect=${dialect.version} flags='${flagsOf(dialect)}'\n`,
  );
  return `if [ -e "${folder}/plugin-v1.json" ]; then
minor=$(kubelet --version | sed -n 's/.*v1\\.\\([0-9]*\\)\\..*/\\1/p')
${choices.join('')}else dialect=
fi
flagsfile=${layout.kubeadmFlags}
if [ -n "$dialect" ] && ! grep -qs image-credential-provider-config "$flagsfile"; then
  cp "${folder}/plugin-$dialect.json" ${layout.pluginConfig} &&
    sed -i "s|^KUBELET_KUBEADM_ARGS=\\"|&$flags |" "$flagsfile"
fi
fi
`;
}

/** A plugin config for each dialect, by file name. */
export function firstStartFiles(): Record<string, string> {
  return Object.fromEntries(
    DIALECTS.map((dialect) => [`plugin-${dialect.version}.json`, pluginConfig(dialect, layout)]),
  );
}

/** A sed script that removes our flags from kubeadm's. */
export const FORGET_FLAGS = DIALECTS.map((dialect) => `s|^\\(KUBELET_KUBEADM_ARGS="\\)${flagsOf(dialect)} |\\1|`)
  .toSorted((a, b) => b.length - a.length)
  .join(';');

function flagsOf({ flags }: Dialect): string {
  return [...flags, ...pluginFlags(layout)].join(' ');
}
