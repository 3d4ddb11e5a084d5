import { Option } from 'commander';
import { HOST_SOURCES } from '../../core/google/choice/source-settings.ts';
import { DELIVERIES, RESTART_POLICIES } from '../../core/node/agent-config.ts';
import { fromDockerOption } from './from-docker-option.ts';
import { registriesOption } from './registries-option.ts';
import { serviceOption } from './service-option.ts';

/** The options that say which credentials go where: the same for every command that installs. */
export const INSTALL_OPTIONS: readonly Option[] = [
  new Option('--source <source>', 'where tokens come from (default: what is configured, else gcloud)').choices([
    ...HOST_SOURCES,
  ]),
  new Option(
    '--keyfile <path>',
    'service account key; it is copied into the nodes, which then no longer need this host',
  ),
  fromDockerOption(),
  registriesOption('more registries to register with Docker, separated by commas'),
  new Option('--restart <when>', 'restart kubelets after new credentials')
    .choices([...RESTART_POLICIES])
    .default('when-needed'),
  new Option('--delivery <way>', 'how kubelets get credentials: a file they read, or a plugin they run').choices([
    ...DELIVERIES,
  ]),
  serviceOption(),
];
