import { KindGcrError } from '../../../core/errors.ts';
import { KUBELET_SERVICE, nodeLayout } from '../../../core/node/layout.ts';
import type { KindNode } from '../../kind/node.ts';
import { writeNodeFile } from '../../kind/write-node-file.ts';
import { kubeletDialect, pluginConfig } from './dialect.ts';
import { pluginDropIn, takenByAnother } from './drop-in.ts';
import { FORGET_FLAGS } from './first-start.ts';

const layout = nodeLayout();

/** Milliseconds for a kubelet's restart until it is healthy. */
const RESTART_TIME = 90_000;

/** Shell lines that wait until the kubelet is healthy, and exit. Without a health port, an active unit counts as healthy. */
export const UNTIL_HEALTHY = `port=$(sed -n 's/^healthzPort:[ \\t]*//p' /var/lib/kubelet/config.yaml 2>/dev/null)
for try in $(seq 300); do
  [ "$port" = 0 ] && systemctl --quiet is-active ${KUBELET_SERVICE} && exit 0
  [ "$(curl --silent --max-time 2 "http://127.0.0.1:\${port:-10248}/healthz")" = ok ] && exit 0
  sleep 0.2
done
exit 1`;

/** The flags of the running kubelet, one per line; none when it does not run. */
const RUNNING_FLAGS = `tr '\\0' '\\n' < "/proc/$(systemctl show ${KUBELET_SERVICE} --property=MainPID --value)/cmdline" 2>/dev/null || true`;

/**
 * Registers the agent as a kubelet's credential provider and restarts the kubelet; does nothing where it already is.
 * Resolves with true when the kubelet was restarted. Throws NODE_FAILED; the kubelet then runs as it did before.
 */
export async function registerPlugin(node: KindNode, keys: readonly string[]): Promise<boolean> {
  const dialect = kubeletDialect(await node.run(['kubelet', '--version']));
  const running = await node.run(['sh', '-c', RUNNING_FLAGS]);
  const other = /^--image-credential-provider-config(?:=|\n)(.*)$/m.exec(running)?.[1];
  if (other !== undefined && other !== layout.pluginConfig) throw takenByAnother();
  if (other !== undefined && (await isInKubeadmFlags(node))) {
    // Registered before its first start.
    if (!(await writeNodeFile(node, layout.pluginConfig, pluginConfig(dialect, layout, keys), 0o600))) return false;
    return await restartKubelet(node);
  }
  const dropIn = pluginDropIn(await node.run(['systemctl', 'cat', KUBELET_SERVICE]), dialect, layout);
  const changes = [
    await writeNodeFile(node, layout.pluginConfig, pluginConfig(dialect, layout, keys), 0o600),
    await writeNodeFile(node, layout.pluginDropIn, dropIn, 0o644),
  ];
  if (!changes.includes(true) && other !== undefined) return false;
  if (await restartKubelet(node)) return true;
  await unregisterPlugin(node);
  throw new KindGcrError(
    'NODE_FAILED',
    `${node.name}: the kubelet did not start with a credential provider, so the change was reverted`,
    {
      hint: 'Leave out --delivery: the default works with every node.',
    },
  );
}

/** Removes the registration, with one restart of the kubelet if there was one. Throws NODE_FAILED. */
export async function unregisterPlugin(node: KindNode): Promise<void> {
  const fromStart = await isInKubeadmFlags(node);
  if (!fromStart && (await node.exec(['test', '-e', layout.pluginDropIn])).exitCode !== 0) return;
  if (fromStart) await node.run(['sed', '-i', FORGET_FLAGS, layout.kubeadmFlags]);
  await node.run(['rm', '-f', layout.pluginDropIn, layout.pluginConfig]);
  if (await restartKubelet(node)) return;
  throw new KindGcrError('NODE_FAILED', `${node.name}: the kubelet is not healthy after its restart`, {
    hint: `Look at it: docker exec ${node.name} journalctl --unit ${KUBELET_SERVICE} --lines 50`,
  });
}

/** Whether the flags are in kubeadm's file, where they are added before the kubelet's first start. */
async function isInKubeadmFlags(node: KindNode): Promise<boolean> {
  return (await node.exec(['grep', '--quiet', `=${layout.pluginConfig} `, layout.kubeadmFlags])).exitCode === 0;
}

/** Reloads the unit and restarts the kubelet; resolves with whether it is healthy afterwards. */
async function restartKubelet(node: KindNode): Promise<boolean> {
  await node.run(['systemctl', 'daemon-reload']);
  await node.run(['systemctl', 'restart', KUBELET_SERVICE], { timeout: RESTART_TIME });
  return (await node.exec(['sh', '-c', UNTIL_HEALTHY], { timeout: RESTART_TIME })).exitCode === 0;
}
