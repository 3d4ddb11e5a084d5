import { dirname } from 'node:path';
import { KUBELET_SERVICE, type NodeLayout } from '../../core/node/layout.ts';

/** Seconds for which the boot of a node waits for credentials: a node must come up without Google, too. */
const BOOT_PATIENCE = 15;

/**
 * The agent's systemd unit. At boot it renews before systemd starts the kubelet, so that the kubelet's first pull finds
 * live credentials and needs no restart for them. Where the kubelet runs already that step is left out: a restart of the
 * kubelet that the daemon may then ask for would wait, by this very ordering, for the unit to be up.
 *
 * It has two capabilities, for a mounted config.json that belongs to somebody else, and the system calls of a service.
 * No ProtectSystem and the like: with podman systemd can't set all of them up, and then the agent would not start.
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
ProtectHome=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
