import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ReconcileOptions, type ReconcileResult, reconcile } from '../../agent/reconcile/reconcile.ts';
import { statusReport } from '../../agent/status.ts';
import type { World } from '../../agent/world.ts';
import { KindGcrError } from '../../core/errors.ts';
import { type Facts, lineLogger } from '../../core/log.ts';
import type { AgentConfig } from '../../core/node/agent-config.ts';
import { nodeLayout } from '../../core/node/layout.ts';
import type { StatusReport } from '../../core/node/status-report.ts';
import { isJsonObject, type JsonObject } from '../../core/registry/docker-config.ts';
import { googleLogin, type RegistryLogin } from '../../core/registry/registry-login.ts';
import { tempDir } from '../support/files/temp-dir.ts';
import { type IssuedTokens, issuedTokens } from '../support/google/issued-tokens.ts';
import { credentialsFor, readAsKubelet } from '../support/kubelet/keyring.ts';

const SECOND = 1000;

/** When the simulation begins. */
const START = new Date('2031-05-06T12:00:00.000Z');

/** A kubelet that reads config.json like the real one: it caches what it has read for five minutes of its own clock. */
interface SimulatedKubelet {
  configured: boolean;
  running: boolean;
  /** Milliseconds of the node's monotonic clock. */
  startedAwake: number;
  /** Whether it is healthy; called again after each restart. */
  healthy: () => boolean;
  kubeadm: boolean;
  /** The error with which systemd refuses a restart; undefined is success. */
  refusesRestart: KindGcrError | undefined;
  /** Restarts so far. */
  restarts: number;
  /** The secret that a pull from gcr.io would use now, by the cache; undefined is an anonymous pull. */
  pullsWith(): Promise<string | undefined>;
}

/** Google, as the node's source sees it. */
interface SimulatedGoogle {
  readonly tokens: IssuedTokens;
  /** Lifetime of tokens in seconds, an hour by default. */
  life: number;
  /** The failure returned instead of a token. */
  refuses: KindGcrError | undefined;
  /** Requests so far. */
  asked: number;
}

/** A node in a plain folder, with clocks set by the test. It runs the agent's own reconcile. */
export interface SimulatedNode {
  readonly layout: ReturnType<typeof nodeLayout>;
  readonly kubelet: SimulatedKubelet;
  readonly google: SimulatedGoogle;
  readonly log: string[];
  now(): Date;
  /** Advances both clocks, reconciling every 15 seconds like the daemon. */
  live(seconds: number): Promise<void>;
  /** Advances only the wall clock, as a suspend does. */
  suspend(seconds: number): void;
  /** Advances both clocks while no process of the node runs, as `docker pause` does. */
  pause(seconds: number): void;
  /** Moves the wall clock by so many seconds. */
  setClock(seconds: number): void;
  reconcile(options?: ReconcileOptions): Promise<ReconcileResult>;
  /** A reconcile by another process, without the daemon's memory. */
  receive(login: RegistryLogin): Promise<ReconcileResult>;
  /** A login as the host would send it now. */
  login(life: number): RegistryLogin;
  reboot(): Promise<void>;
  /** Restarts the daemon, which then knows only what is in the files. */
  restartAgent(): void;
  configure(config: Partial<AgentConfig>): Promise<void>;
  write(path: string, content: string, mode?: number): Promise<void>;
  status(): Promise<StatusReport>;
  /** The text of config.json; undefined when there is none. */
  text(): Promise<string | undefined>;
  config(): Promise<JsonObject>;
  auths(): Promise<JsonObject>;
  mode(path: string): Promise<number>;
}

/** Starts a node with its own key and tokens that live an hour. */
export async function simulatedNode(config: Partial<AgentConfig> = {}): Promise<SimulatedNode> {
  const root = await tempDir();
  const layout = nodeLayout(root);
  let wall = START.getTime();
  let awake = 1_000_000;
  let boot = 1;
  let memory = {};
  const log: string[] = [];
  const logAt = (level: string) => (message: string, facts?: Facts) =>
    lineLogger((line) => log.push(`${level} ${line.trimEnd()}`), { debug: false }).info(message, facts);
  const google: SimulatedGoogle = { tokens: issuedTokens(() => wall), life: 3600, refuses: undefined, asked: 0 };
  const kubelet = simulatedKubelet(layout.kubeletDockerConfig, () => awake);

  const world: World = {
    layout,
    log: { error: logAt('error'), warn: logAt('warn'), info: logAt('info'), debug: logAt('debug') },
    now: () => new Date(wall),
    awake: { boot: async () => String(boot), now: () => awake },
    random: () => 0,
    async sleep(milliseconds) {
      wall += milliseconds;
      awake += milliseconds;
    },
    kubelet: {
      isConfigured: async () => kubelet.configured,
      state: async () => ({ running: kubelet.running, startedAwake: kubelet.startedAwake }),
      isBeingSetUp: async () => kubelet.kubeadm,
      isHealthy: async () => kubelet.healthy(),
      async restart() {
        if (kubelet.refusesRestart !== undefined) throw kubelet.refusesRestart;
        kubelet.restarts += 1;
        kubelet.startedAwake = awake;
        kubelet.forget();
      },
    },
    async mint() {
      google.asked += 1;
      if (google.refuses !== undefined) throw google.refuses;
      const token = { token: issue(google.life), expiresAt: new Date(wall + google.life * SECOND) };
      return { token, account: 'service account robot@project.iam.gserviceaccount.com' };
    },
  };

  const issue = (life: number) =>
    google.tokens.issue({ account: 'robot@project.iam.gserviceaccount.com', scopes: [], client: 'test' }, life);

  const node: SimulatedNode = {
    layout,
    kubelet,
    google,
    log,
    now: () => new Date(wall),
    async live(seconds) {
      for (let gone = 0; gone < seconds; gone += 15) {
        const step = Math.min(15, seconds - gone) * SECOND;
        wall += step;
        awake += step;
        await node.reconcile();
      }
    },
    pause(seconds) {
      wall += seconds * SECOND;
      awake += seconds * SECOND;
    },
    suspend(seconds) {
      wall += seconds * SECOND;
    },
    setClock(seconds) {
      wall += seconds * SECOND;
    },
    reconcile: (options) => reconcile(world, { memory, ...options }),
    receive: (login) => reconcile(world, { received: { logins: [login] } }),
    login: (life) => googleLogin({ token: issue(life), expiresAt: new Date(wall + life * SECOND) }),
    restartAgent() {
      memory = {};
    },
    async reboot() {
      memory = {};
      await rm(dirname(layout.logins), { recursive: true, force: true });
      boot += 1;
      awake = 5000;
      wall += 5 * SECOND;
      kubelet.startedAwake = 4000;
      kubelet.forget();
    },
    configure: (changed) =>
      node.write(layout.agentConfig, JSON.stringify({ version: 1, source: 'keyfile', ...config, ...changed })),
    async write(path, content, mode = 0o600) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode });
    },
    status: () => statusReport(layout, new Date(wall)),
    text: () => readFile(layout.kubeletDockerConfig, 'utf8').catch(() => undefined),
    async config() {
      return objectOf(JSON.parse((await node.text()) ?? '{}'));
    },
    async auths() {
      return objectOf((await node.config()).auths ?? {});
    },
    mode: async (path) => (await stat(path)).mode & 0o777,
  };
  await node.configure({});
  return node;
}

/** The username and secret of an entry, as `username:secret`; undefined when there is none. */
export function decoded(entry: unknown): string | undefined {
  const auth = isJsonObject(entry) ? entry.auth : undefined;
  return typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : undefined;
}

/** A foreign entry. */
export function entryOf(username: string, password: string): JsonObject {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

/** The failure of a credential that Google refuses permanently. */
export const REVOKED = new KindGcrError('CREDENTIAL_INVALID', 'Google refused the credential: invalid_grant', {
  hint: 'Try again',
});

/** The failure of a source that can't be reached. */
export const UNREACHABLE = new KindGcrError('TOKEN_EXCHANGE_FAILED', "Google can't be reached: ECONNREFUSED", {
  hint: 'Try again',
});

function simulatedKubelet(path: string, awake: () => number): SimulatedKubelet & { forget(): void } {
  let cache: { readonly at: number; readonly secret: string | undefined } | undefined;
  return {
    configured: true,
    running: true,
    startedAwake: 0,
    healthy: () => true,
    kubeadm: false,
    refusesRestart: undefined,
    restarts: 0,
    async pullsWith() {
      if (cache === undefined || awake() - cache.at >= 5 * 60 * SECOND) {
        const file = readAsKubelet(await readFile(path, 'utf8').catch(() => ''));
        const [first] = file === undefined ? [] : credentialsFor(file, 'gcr.io/project/app');
        cache = { at: awake(), secret: first?.password };
      }
      return cache.secret;
    },
    forget() {
      cache = undefined;
    },
  };
}

function objectOf(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Error('a JSON object was expected');
}
