// What the kubelet reads from a config.json, and what it would try for an image. Written from the kubelet's source, apart
// from the agent's own reading of the file, to judge what the agent writes. Line numbers are those of Kubernetes 1.20's
// pkg/credentialprovider and Go 1.19's encoding/json.

/** A login that the kubelet found for an image. */
export interface KubeletCredential {
  readonly username: string;
  readonly password: string;
}

/** What the kubelet has read from a config.json, by the key of its entry. */
export type KubeletConfig = ReadonlyMap<string, KubeletCredential>;

/** Reads a config.json as the kubelet does; undefined when it refuses the file, which then counts as missing. */
export function readAsKubelet(text: string): KubeletConfig | undefined {
  try {
    JSON.parse(text); // Go's scanner accepts the same texts; what Go makes of them is below
    return configOf(membersOf(text));
  } catch {
    return undefined;
  }
}

/** The credentials that the kubelet would try for an image, in its order. */
export function credentialsFor(config: KubeletConfig, image: string): KubeletCredential[] {
  const byKey = new Map<string, KubeletCredential[]>();
  for (const [location, credential] of config) {
    const key = indexKey(location);
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), credential]);
  }
  const keys = [...byKey.keys()].sort().reverse(); // keyring.go:119-126: the longer of two matching keys first
  const found = keys.filter((key) => matches(key, image)).flatMap((key) => byKey.get(key) ?? []);
  return found.length === 0 && isOfDockerHub(image) ? (byKey.get('index.docker.io') ?? []) : found; // keyring.go:254-259
}

// keyring.go:133-156 isDefaultRegistryMatch.
function isOfDockerHub(image: string): boolean {
  const [host = '', ...path] = image.split('/');
  if (host === '' || path.length === 0) return host !== '';
  return host === 'docker.io' || host === 'index.docker.io' || !/[.:]/.test(host);
}

/** An object's members in their order: a key may be repeated. */
class Members {
  readonly list: [string, Value][] = [];
}

type Value = Members | Value[] | string | number | boolean | null;

/** A valid JSON text, with the repeated keys that JSON.parse drops. */
function membersOf(text: string): Value {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;
  const value = (): Value => {
    const token = tokens[at++] ?? '';
    if (token === '{') {
      const members = new Members();
      while (tokens[at] !== '}') {
        if (tokens[at] === ',') at++;
        const key = JSON.parse(tokens[at] ?? '');
        at += 2; // the key and its colon
        members.list.push([key, value()]);
      }
      at++;
      return members;
    }
    if (token !== '[') return /^-?\d/.test(token) ? Number(token) : JSON.parse(token);
    const items: Value[] = [];
    while (tokens[at] !== ']') {
      if (tokens[at] === ',') at++;
      items.push(value());
    }
    at++;
    return items;
  };
  return value();
}

// config.go:40-45 DockerConfigJSON. Go matches a struct's fields in any case (decode.go:690 equalFold); a map that is
// repeated gains entries, and null makes it nil (decode.go:636, 910).
function configOf(file: Value): KubeletConfig {
  let auths = new Map<string, KubeletCredential>();
  for (const [name, value] of objectMembers(file)) {
    if (isField(name, 'auths')) {
      if (value === null) auths = new Map();
      for (const [key, entry] of objectMembers(value)) auths.set(key, credentialOf(entry));
    }
    if (isField(name, 'HttpHeaders')) for (const [, header] of objectMembers(value)) stringOf(header);
  }
  return auths;
}

// config.go:253-282 dockerConfigEntryWithAuth: the last of a repeated field counts, null changes nothing, and an auth that
// isn't empty replaces username and password.
function credentialOf(entry: Value): KubeletCredential {
  const fields = { username: '', password: '', email: '', auth: '' };
  for (const [name, value] of objectMembers(entry)) {
    for (const field of ['username', 'password', 'email', 'auth'] as const) {
      if (isField(name, field)) fields[field] = stringOf(value) ?? fields[field];
    }
  }
  const { username, password, auth } = fields;
  return auth === '' ? { username, password } : decodeAuth(auth);
}

// config.go:294-322 decodeDockerConfigFieldAuth. Go's base64 skips \r and \n, and refuses all else that isn't of the alphabet.
function decodeAuth(auth: string): KubeletCredential {
  const digits = auth.replace(/[\r\n]/g, '');
  const unpadded = digits.replace(/={1,2}$/, '');
  if (/[^A-Za-z0-9+/]/.test(unpadded) || unpadded.length % 4 === 1) throw new Error('not base64');
  if (goTrim(auth).endsWith('=')) {
    if (digits.length % 4 !== 0) throw new Error('not padded');
  } else if (digits !== unpadded) throw new Error('padding');
  const [username = '', ...rest] = Buffer.from(unpadded, 'base64').toString('utf8').split(':');
  if (rest.length === 0) throw new Error('no colon');
  return { username, password: rest.join(':') };
}

function goTrim(text: string): string {
  return text.replace(/[\s\u0085]+$/, '');
}

// keyring.go:89-117: the key of an entry is its host and path, without scheme and API version. What url.Parse refuses is
// ignored; of hosts it is enough to know names, wildcards and ports.
function indexKey(location: string): string | undefined {
  const address = location.replace(/^https?:\/\//, '').replace(/[?#].*$/s, '');
  const [, host = '', path = ''] = /^([^/]*)(.*)$/s.exec(address) ?? [];
  if (!/^[A-Za-z0-9.*_-]*(?::\d*)?$/.test(host)) return undefined;
  const effective = path.replace(/^\/v[12]\//, '/');
  return effective === '/' ? host : host + effective;
}

// keyring.go:205-233 URLsMatch: the same port, the same number of labels, each label by its glob, the path as a prefix.
function matches(key: string, image: string): boolean {
  const [glob, target] = [key, image].map((address) => {
    const [, host = '', port = '', path = ''] = /^([^/:]*)(?::(\d*))?(.*)$/s.exec(address) ?? [];
    return { labels: host.split('.'), port, path };
  });
  if (glob === undefined || target === undefined) return false;
  return (
    glob.port === target.port &&
    glob.labels.length === target.labels.length &&
    target.path.startsWith(glob.path) &&
    glob.labels.every((label, index) => labelPattern(label).test(target.labels[index] ?? ''))
  );
}

function labelPattern(label: string): RegExp {
  return new RegExp(`^${label.replaceAll('*', '.*')}$`);
}

/** The members of an object; null has none, and anything else is of a wrong type (decode.go:286 UnmarshalTypeError). */
function objectMembers(value: Value): readonly [string, Value][] {
  if (value === null) return [];
  if (value instanceof Members) return value.list;
  throw new Error('not an object');
}

function stringOf(value: Value): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new Error('not a string');
}

// encoding/json/fold.go: s and k also match the long s and the Kelvin sign.
function isField(name: string, field: string): boolean {
  const folded = (text: string) => text.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
  return folded(name) === folded(field);
}
