import { dirname } from 'node:path';
import { KUBELET_SERVICE, type NodeLayout } from '../../../core/node/layout.ts';

/** Seconds for which the boot of a node waits for credentials: a node must come up without Google, too. */
const BOOT_PATIENCE = 15;

/**
 * The agent's systemd unit. At boot it renews before systemd starts the kubelet, so that the kubelet's first pull finds
 * valid credentials and needs no restart for them. Where the kubelet already runs that step is skipped: a restart of the
 * kubelet that the daemon may then request would wait, because of this ordering, for the unit to be up.
 *
 * All of the file system is read-only to it but the kubelet's folder, which it makes where kubeadm has not yet been, and
 * two of its own. Of the devices it sees none of the machine's, which a kind node has all of. The capabilities are for a
 * mounted config.json that belongs to another user. What looks odd and is intended:
 * - `-` before the kubelet's folder: without it no command of the unit starts where that is missing, the `+` one that makes
 *   it included, and systemd says 226/NAMESPACE.
 * - `ReadOnlyPaths=/run`: systemd 252 leaves that writable when control groups or kernel tunables are protected as well.
 *
 * Left out on purpose: MemoryDenyWriteExecute, since V8 writes the code that it executes; ProcSubset=pid, which hides the
 * boot's id; ProtectProc, which hides nothing from root's group; PrivateUsers, in which another user's file is out of
 * root's reach; PrivateNetwork and IPAddressDeny, since it asks Google, or a proxy that can be anywhere.
 */
export function agentUnit({ agent, kubeletDockerConfig }: NodeLayout): string {
  const kubeletFolder = dirname(kubeletDockerConfig);
  return `[Unit]
Description=kindgcr: keeps the kubelet's credentials for Google's registries valid
Before=${KUBELET_SERVICE}
StartLimitIntervalSec=0

[Service]
ExecStartPre=+/bin/mkdir -p -m 0700 ${kubeletFolder}
ExecStartPre=-/bin/sh -c 'systemctl --quiet is-active ${KUBELET_SERVICE} || exec timeout ${BOOT_PATIENCE} ${agent} once --no-restart'
ExecStart=${agent} run
Restart=always
RestartSec=5s
TimeoutStopSec=20s
RuntimeDirectory=kindgcr
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
StateDirectory=kindgcr
StateDirectoryMode=0700
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_FOWNER
ProtectSystem=strict
ReadWritePaths=-${kubeletFolder}
ReadOnlyPaths=/run
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectClock=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
