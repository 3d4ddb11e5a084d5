import { resolve } from 'node:path';
import { KindGcrError } from '../../core/errors.ts';
import { givenPath } from '../../core/google/choice/credential-path.ts';
import { parseMinLife } from '../../core/google/choice/min-life.ts';
import { impersonationChain } from '../../core/google/choice/source-choice.ts';
import { HOST_SOURCES } from '../../core/google/choice/source-settings.ts';
import { readServiceAccountKey } from '../../core/google/sources/service-account-key.ts';
import { quoted } from '../../core/redact.ts';
import { registryNames } from '../cli/from-docker-option.ts';
import type { Settings } from './settings.ts';

/** A setting by name. */
export interface SettingKey {
  readonly name: string;
  readonly help: string;
  /** Its value as text; undefined when it is not set. */
  read(settings: Settings): string | undefined;
  /** The settings with it. Throws KindGcrError for an invalid value. */
  write(settings: Settings, value: string): Settings | Promise<Settings>;
  remove(settings: Settings): Settings;
}

/** Every setting of `kindgcr config`. */
export const SETTING_KEYS: readonly SettingKey[] = [
  {
    name: 'source',
    help: `where tokens come from: ${HOST_SOURCES.join(', ')}`,
    read: ({ source }) => source,
    write(settings, value) {
      const source = HOST_SOURCES.find((name) => name === value);
      if (source === undefined) {
        throw usage(`${quoted(value)} is not a credential source`, `One of: ${HOST_SOURCES.join(', ')}`);
      }
      if (source === 'keyfile' && settings.keyfile === undefined) {
        throw usage(
          'the source "keyfile" needs a key file',
          'Name it, which sets the source, too: kindgcr config set keyfile PATH',
        );
      }
      return { ...settings, source };
    },
    remove: ({ source: _, ...others }) => others,
  },
  {
    name: 'keyfile',
    help: 'path of a service account key; sets the source to keyfile',
    read: ({ keyfile }) => keyfile,
    async write(settings, value) {
      const path = resolve(givenPath(value, 'keyfile'));
      await readServiceAccountKey(path);
      return { ...settings, source: 'keyfile', keyfile: path };
    },
    remove: ({ keyfile: _, source, ...others }) =>
      source === undefined || source === 'keyfile' ? others : { ...others, source },
  },
  {
    name: 'impersonate',
    help: 'service account to impersonate',
    read: ({ impersonate }) => impersonate,
    write: (settings, value) => ({ ...settings, impersonate: impersonationChain(value).join(',') }),
    remove: ({ impersonate: _, ...others }) => others,
  },
  {
    name: 'min-life',
    help: 'minimum lifetime of a token served from the cache: 15m, 900s',
    read: ({ minLife }) => minLife,
    write(settings, value) {
      parseMinLife(value);
      return { ...settings, minLife: value.trim() };
    },
    remove: ({ minLife: _, ...others }) => others,
  },
  {
    name: 'from-docker',
    help: 'registries whose Docker logins nodes get: ghcr.io,quay.io or all',
    read: ({ fromDocker }) => fromDocker?.join(','),
    write: (settings, value) => ({ ...settings, fromDocker: [...registryNames(value)] }),
    remove: ({ fromDocker: _, ...others }) => others,
  },
  {
    name: 'service',
    help: 'off: install sets up no background service',
    read: ({ service }) => service,
    write(settings, value) {
      if (value !== 'on' && value !== 'off') throw usage(`"${value}" is neither on nor off`, 'One of: on, off');
      return { ...settings, service: value };
    },
    remove: ({ service: _, ...others }) => others,
  },
];

/** The setting of that name. Throws USAGE. */
export function settingKey(name: string): SettingKey {
  const key = SETTING_KEYS.find((one) => one.name === name);
  if (key !== undefined) return key;
  throw usage(`${quoted(name)} is not a setting`, `One of: ${SETTING_KEYS.map((one) => one.name).join(', ')}`);
}

function usage(message: string, hint: string): KindGcrError {
  return new KindGcrError('USAGE', message, { hint });
}
