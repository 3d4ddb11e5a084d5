import { oneLine } from '../one-line.ts';
import type { Fetch } from '../system/proxy-fetch.ts';

/** A login in the form that registries accept. */
export interface Login {
  readonly username: string;
  readonly secret: string;
}

/** What to read from a registry. */
export interface RegistryRequest {
  /** With its port. */
  readonly host: string;
  /** The path, from `/v2/`. */
  readonly path: string;
  readonly accept?: string;
  /** Whether the login may only go to a token service of the registry itself, as Google's is. */
  readonly ownServiceOnly?: boolean;
}

/** How a registry, or the token service that it names, answered. */
export interface RegistryReply {
  /** HTTP. */
  readonly status: number;
  /** Whether the login was asked for. */
  readonly usedLogin: boolean;
  /** Its error message as one line; '' when there was none. */
  readonly message: string;
  /** The server's time in milliseconds since 1970, where it sent one. */
  readonly time: number | undefined;
}

/** The way to the registry. */
export interface Web {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** Characters of an answer that are read. */
const LARGEST = 64 * 1024;

/**
 * Reads something from a registry as Docker does: without the login first, then as its challenge wants it (`Basic`, or a
 * token from the service that `Bearer` names). No redirect is followed, so a login goes where it was asked for and
 * nowhere else, and only over TLS. Rejects with fetch's error when a server can't be reached.
 */
export async function askRegistry(
  request: RegistryRequest,
  login: Login | undefined,
  web: Web,
): Promise<RegistryReply> {
  const ask = (authorization?: string) =>
    web.fetch(`https://${request.host}${request.path}`, {
      headers: { accept: request.accept ?? '*/*', ...(authorization === undefined ? {} : { authorization }) },
      redirect: 'manual',
      signal: web.signal,
    });
  const first = await ask();
  const challenge = first.headers.get('www-authenticate') ?? '';
  if (first.status !== 401) return await reply(first, false);
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.secret}`).toString('base64')}`;
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(challenge)?.[1];
  if (bearer === undefined) {
    if (basic === undefined || !/(?:^|,)\s*basic\b/i.test(challenge)) return await reply(first, false);
    await first.body?.cancel();
    return await reply(await ask(basic), true);
  }
  await first.body?.cancel();
  const service = tokenService(bearer, request.ownServiceOnly ? request.host : undefined);
  if (service === undefined) {
    const message = 'it names no login service that is reached by https, so the login was not sent';
    return { status: 401, usedLogin: false, message, time: timeOf(first) };
  }
  const headers = basic === undefined ? {} : { authorization: basic };
  const granted = await web.fetch(service, { headers, redirect: 'manual', signal: web.signal });
  if (granted.status !== 200) return await reply(granted, basic !== undefined);
  const token = tokenIn(await textOf(granted));
  if (token === undefined)
    return { status: 401, usedLogin: true, message: 'its login service gave no token', time: timeOf(granted) };
  // A token without a repository grants no access, and some registries refuse it at /v2/ itself.
  if (request.path === '/v2/')
    return { status: 200, usedLogin: basic !== undefined, message: '', time: timeOf(granted) };
  return await reply(await ask(`Bearer ${token}`), basic !== undefined);
}

async function reply(response: Response, usedLogin: boolean): Promise<RegistryReply> {
  const text = await textOf(response);
  const { status } = response;
  const isMove = status >= 300 && status < 400;
  const to = isMove ? URL.parse(response.headers.get('location') ?? '')?.host : undefined;
  const message = isMove ? oneLine(`redirected${to === undefined ? '' : ` to ${to}`}`) : reasonIn(text);
  return { status, usedLogin, message, time: timeOf(response) };
}

/** Where a Bearer challenge sends us for a token; undefined when it isn't an https address, or not of `host`. */
function tokenService(parameters: string, host: string | undefined): string | undefined {
  const all = [...parameters.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,"]+))/g)];
  const values = new Map(all.map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']));
  const realm = URL.parse(values.get('realm') ?? '');
  if (host !== undefined && realm?.host !== host) return undefined;
  if (realm?.protocol !== 'https:' || realm.username !== '' || realm.password !== '') return undefined;
  for (const name of ['service', 'scope']) {
    const value = values.get(name);
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  return realm.href;
}

/** The beginning of a body; the rest is not read. */
async function textOf({ body }: Response): Promise<string> {
  let text = '';
  if (body === null) return text;
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST) break; // which cancels the rest
  }
  return text;
}

function tokenIn(text: string): string | undefined {
  const { token, access_token } = objectIn(text);
  return [token, access_token].find((value): value is string => typeof value === 'string' && value !== '');
}

/** The reason in a registry's or a token service's error, whichever of the usual forms it has. */
function reasonIn(text: string): string {
  const answer = objectIn(text);
  const first: unknown = Array.isArray(answer.errors) ? answer.errors[0] : undefined;
  const inner = typeof first === 'object' && first !== null ? { ...first } : {};
  const said = [...namesOf(inner), ...namesOf(answer)].find((value) => typeof value === 'string' && value !== '');
  return typeof said === 'string' ? oneLine(said) : '';
}

function namesOf(answer: Record<string, unknown>): readonly unknown[] {
  return [answer.message, answer.error_description, answer.details, answer.code, answer.error];
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function timeOf(response: Pick<Response, 'headers'>): number | undefined {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}
