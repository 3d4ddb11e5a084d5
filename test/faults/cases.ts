import { AGENT } from './cases/agent.ts';
import { CLOCK } from './cases/clock.ts';
import { GET_INPUT, GET_WORLD } from './cases/get.ts';
import { INSTALLER } from './cases/installer.ts';
import { KUBELET_FILE } from './cases/kubelet-file.ts';
import { RESTARTS } from './cases/restarts.ts';
import { LOGS, SERVICE } from './cases/service.ts';
import { SOURCE } from './cases/source.ts';
import { LIST, STORE_AND_ERASE } from './cases/store-and-list.ts';
import { WHATEVER } from './cases/whatever-comes-in.ts';
import type { FaultCase } from './fault-case.ts';

/** Everything that is known to go wrong around credentials in Docker and in kind nodes, each with what shows that it doesn't here. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...[...GET_INPUT, ...GET_WORLD, ...STORE_AND_ERASE, ...LIST],
  ...[...AGENT, ...KUBELET_FILE, ...CLOCK, ...SOURCE, ...RESTARTS, ...SERVICE, ...LOGS],
  ...[...INSTALLER, ...WHATEVER],
];
