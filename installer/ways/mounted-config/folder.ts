import { chmod, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { fileFailure } from '../../../core/errors.ts';
import { nodeLayout } from '../../../core/node/layout.ts';
import { authEntry, formatDockerConfig } from '../../../core/registry/docker-config.ts';
import { type RegistryLogin, TimestampSchema } from '../../../core/registry/registry-login.ts';
import { halfWay } from '../../../core/system/half-life.ts';
import { makePrivateFolder } from '../../../core/system/make-private-folder.ts';
import { replaceFile } from '../../../core/system/replace-file.ts';
import type { User } from '../../../core/system/user-folders.ts';
import { clusterFolder } from '../../host/cluster-folder.ts';
import type { NodeMount } from '../../kind/kind-config.ts';

const TimesSchema = v.object({ expiresAt: TimestampSchema, renewAt: TimestampSchema });

/** When the login in a folder expires, and half-way to that, when it should be renewed. */
export type MountedTimes = v.InferOutput<typeof TimesSchema>;

/**
 * A folder of this machine with one file, `config.json`, that all nodes of a cluster mount. The folder is mounted and not
 * the file: a mounted file keeps showing the old content after it was replaced.
 */
export interface MountedFolder {
  readonly mount: NodeMount;
  /** Replaces the login, readable by the user only. Throws FILE_FAILED. */
  write(login: RegistryLogin, now: Date): Promise<MountedTimes>;
  /** Undefined when it is empty. */
  times(): Promise<MountedTimes | undefined>;
  /** Removes the login. The folder stays, since nodes that mount it can't restart without it. */
  empty(): Promise<void>;
  /** Removes the folder, too: when no node mounts it. */
  remove(): Promise<void>;
}

/** The folder of a cluster's nodes; it need not exist yet. */
export function mountedFolder(cluster: string, user: User): MountedFolder {
  const parent = clusterFolder(cluster, user);
  const folder = join(parent.path, 'docker');
  const config = join(folder, 'config.json');
  const times = join(parent.path, 'mounted.json');
  return {
    mount: { hostPath: folder, containerPath: dirname(nodeLayout().mountedDockerConfig) },
    async write(login, now) {
      const renewAt = halfWay(now, new Date(login.expiresAt));
      const written = { expiresAt: login.expiresAt, renewAt: renewAt.toISOString() };
      const entry = authEntry(login.username, login.secret);
      const auths = Object.fromEntries(login.registries.map((registry) => [registry, entry]));
      try {
        await makePrivateFolder(folder);
        await chmod(folder, 0o700);
        await replaceFile(config, formatDockerConfig({ auths }), { mode: 0o600 });
        await replaceFile(times, `${JSON.stringify(written)}\n`, { mode: 0o600 });
      } catch (error) {
        throw fileFailure(folder, 'written', error);
      }
      return written;
    },
    async times() {
      const text = await readFile(times, 'utf8').catch(() => '');
      const read = v.safeParse(v.pipe(v.string(), v.parseJson(), TimesSchema), text);
      return read.success ? read.output : undefined;
    },
    async empty() {
      await Promise.all([config, times].map((path) => rm(path, { force: true })));
    },
    remove: () => parent.remove('docker', 'mounted.json'),
  };
}
