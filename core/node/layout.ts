import { join } from 'node:path';

/** Paths in a kind node: our files, and those of the kubelet that we use. */
export interface NodeLayout {
  /** The agent's executable. In /usr, so that it survives a restart of the node. */
  readonly agent: string;
  /** The agent's configuration, 0600. */
  readonly agentConfig: string;
  /** A service account key, 0600. Only exists with the source `keyfile`. */
  readonly keyfile: string;
  /** The agent's systemd unit. */
  readonly unit: string;
  /** The kubelet's credential provider config. Only exists with the delivery `credential-provider`. */
  readonly pluginConfig: string;
  /** Passes that config to the kubelet as a flag. Sorts after the drop-ins of kubeadm and kind. */
  readonly pluginDropIn: string;
  /** The kubelet flags that kubeadm writes. A node that uses the plugin from its first start has ours in it, too. */
  readonly kubeadmFlags: string;
  /** The agent's state over restarts, 0600. */
  readonly state: string;
  /** Only exists after an install has written the first credentials, until the agent takes them over: their SHA-256. */
  readonly firstCredentials: string;
  /** The current logins, 0600; on tmpfs, so that they never reach a disk. */
  readonly logins: string;
  /** Locked by the process that reconciles. In the folder of the logins, which only root can enter. */
  readonly reconcileLock: string;
  /** Locked by the daemon while it runs. */
  readonly daemonLock: string;
  /** The docker config that the kubelet reads first. */
  readonly kubeletDockerConfig: string;
  /** Read by the kubelet when the file above is missing. Only exists when a folder of the host is mounted. */
  readonly mountedDockerConfig: string;
  /** The kubelet's configuration. kubeadm writes it; without it the kubelet doesn't start. */
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
    firstCredentials: join(root, 'var/lib/kindgcr/first-credentials.sum'),
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
