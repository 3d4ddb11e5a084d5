import { nodeLayout } from '../../../core/node/layout.ts';
import { DIALECTS, type Dialect, pluginConfig } from './dialect.ts';
import { pluginFlags } from './drop-in.ts';

const layout = nodeLayout();

/**
 * Shell lines that have a kubelet ask the agent from its first start, run in the node by a step before it, when kubeadm has
 * written its flags: systemd reads that file after the steps before a start. Not by a patch in kind's config, since only
 * the node knows which dialect its kubelet speaks. `folder` is where the node sees the files of `firstStartFiles`. A kubelet
 * that knows no plugins, or has another one, is left alone; what is wrong is told when the cluster stands.
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

/** What sed does to kubeadm's flags to take ours out again. */
export const FORGET_FLAGS = DIALECTS.map((dialect) => `s|^\\(KUBELET_KUBEADM_ARGS="\\)${flagsOf(dialect)} |\\1|`)
  .toSorted((a, b) => b.length - a.length)
  .join(';');

function flagsOf({ flags }: Dialect): string {
  return [...flags, ...pluginFlags(layout)].join(' ');
}
