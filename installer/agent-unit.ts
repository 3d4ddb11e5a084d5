import type { NodeLayout } from '../core/node/layout.ts';

/**
 * The agent's systemd unit. It starts before the kubelet, so that after a restart of the node the agent is at work when
 * the kubelet first pulls; it does not hold the kubelet up, since a node must come up without Google, too.
 */
export function agentUnit({ agent }: NodeLayout): string {
  return `[Unit]
Description=kindgcr: keeps the kubelet's credentials for Google's registries valid
Before=kubelet.service

[Service]
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
PrivateTmp=yes
ProtectHome=yes

[Install]
WantedBy=multi-user.target
`;
}
