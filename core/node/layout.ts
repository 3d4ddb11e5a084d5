import { join } from 'node:path';

/** Where everything of ours, and of the kubelet's that we touch, lies in a kind node. */
export interface NodeLayout {
  /** The agent's executable. In /usr: it outlives a restart of the node. */
  readonly agent: string;
  /** The agent's configuration, 0600. */
  readonly agentConfig: string;
  /** A service account key, 0600; only there when the node feeds itself. */
  readonly keyfile: string;
  /** The agent's systemd unit. */
  readonly unit: string;
  /** Tells the kubelet to ask the agent for credentials; only there when it does. */
  readonly pluginConfig: string;
  /** Hands that to the kubelet as a flag. Sorts behind the drop-ins of kubeadm and kind. */
  readonly pluginDropIn: string;
  /** Flags that kubeadm gives the kubelet, which a node that asks from its first start has the same in. */
  readonly kubeadmFlags: string;
  /** What the agent must remember over restarts, 0600. */
  readonly state: string;
  /** Logins that are alive now, 0600; on tmpfs, so that they never reach a disk. */
  readonly logins: string;
  /** Held by the process that reconciles. In the folder of the logins, which is root's alone. */
  readonly reconcileLock: string;
  /** Held by the daemon for as long as it runs. */
  readonly daemonLock: string;
  /** The docker config that the kubelet reads first. */
  readonly kubeletDockerConfig: string;
  /** Where a kubelet looks when there is no file at the place before. Only there when a folder of the host is mounted. */
  readonly mountedDockerConfig: string;
  /** The kubelet's own configuration: kubeadm writes it, and without it the kubelet does not start. */
  readonly kubeletConfig: string;
  /** The proc file system. */
  readonly proc: string;
}

/** The layout of a node whose root folder is `root`; `/` in a real node, a plain folder in a test. */
export function nodeLayout(root = '/'): NodeLayout {
  return {
    agent: join(root, 'usr/local/bin/kindgcr-agent'),
    agentConfig: join(root, 'etc/kindgcr/agent.json'),
    keyfile: join(root, 'etc/kindgcr/key.json'),
    unit: join(root, 'etc/systemd/system/kindgcr-agent.service'),
    pluginConfig: join(root, 'etc/kindgcr/credential-provider.json'),
    pluginDropIn: join(root, 'etc/systemd/system/kubelet.service.d/90-kindgcr.conf'),
    kubeadmFlags: join(root, 'var/lib/kubelet/kubeadm-flags.env'),
    state: join(root, 'var/lib/kindgcr/state.json'),
    logins: join(root, 'run/kindgcr/logins.json'),
    reconcileLock: join(root, 'run/kindgcr/reconcile.lock'),
    daemonLock: join(root, 'run/kindgcr/daemon.lock'),
    kubeletDockerConfig: join(root, 'var/lib/kubelet/config.json'),
    mountedDockerConfig: join(root, '.docker/config.json'),
    kubeletConfig: join(root, 'var/lib/kubelet/config.yaml'),
    proc: join(root, 'proc'),
  };
}

/** The systemd service of the agent. */
export const AGENT_SERVICE = 'kindgcr-agent.service';

/** The systemd service of the kubelet, as kind names it. */
export const KUBELET_SERVICE = 'kubelet.service';
