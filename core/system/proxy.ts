import { BlockList, isIP } from 'node:net';
import { KindGcrError } from '../errors.ts';
import type { Env } from './user-folders.ts';

/** A proxy from the environment. */
export interface Proxy {
  /** Without user and password. */
  readonly uri: string;
  /** Value of the Proxy-Authorization header; undefined if the variable has no login. */
  readonly authorization: string | undefined;
}

const SCHEMES = ['http:', 'https:', 'socks5:'];

/** Addresses that a proxy can't reach: this machine and the local link. */
const NEVER_PROXIED = addressList(['127.0.0.0/8', '::1', '169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254']);

/**
 * The proxy for a URL by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case or upper, read as curl
 * and Go read them: `HOST:PORT` is an HTTP proxy. Throws USAGE for an invalid value, without quoting it.
 */
export function proxyFor(url: URL, env: Env): Proxy | undefined {
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'] : ['HTTP_PROXY', 'ALL_PROXY'];
  const name = names.flatMap((upper) => [upper.toLowerCase(), upper]).find((candidate) => env[candidate]?.trim());
  if (name === undefined || isDirect(url, env.no_proxy || env.NO_PROXY || '')) return undefined;
  return parseProxy(name, env[name]?.trim() ?? '');
}

function parseProxy(name: string, value: string): Proxy {
  const uri = URL.parse(value.includes('://') ? value : `http://${value.replace(/^\/\//, '')}`);
  // Unescaped special characters in a login cut the host short; the rest of the login then follows the host.
  const isWhole = uri !== null && !/^(https?)?$/.test(uri.hostname) && !/@/.test(uri.pathname + uri.search + uri.hash);
  if (!isWhole) {
    throw new KindGcrError('USAGE', `${name} does not hold the address of a proxy`, {
      hint: `Set it to http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters in the password as %XX: export ${name}=…`,
    });
  }
  if (uri.protocol === 'socks5h:') uri.protocol = 'socks5:';
  if (!SCHEMES.includes(uri.protocol)) {
    throw new KindGcrError('USAGE', `${name} names a ${uri.protocol.slice(0, -1)} proxy, which kindgcr can't use`, {
      hint: `Set it to an HTTP proxy: export ${name}=http://HOST:PORT`,
    });
  }
  const login = `${decoded(uri.username)}:${decoded(uri.password)}`;
  return {
    uri: uri.protocol === 'socks5:' ? uri.href : uri.origin,
    authorization: login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
  };
}

/** Whether `NO_PROXY` names this host: `*`, a name with all below it, `.name`, `*.name`, an address, a network; each with a port or without. */
function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  if (host === 'localhost' || (isIP(host) !== 0 && NEVER_PROXIED.check(host, family))) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, bracketed, plain, itsPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
      if (itsPort !== undefined && itsPort !== port) return false;
      const named = bracketed ?? plain ?? entry; // neither: an IPv6 address without brackets
      if (isIP(host) !== 0) return addressList([named]).check(host, family);
      const domain = named.replace(/^\*?\.|\.$/g, '');
      return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
    });
}

/** Addresses and networks (`10.0.0.0/8`); anything else is ignored. */
function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = Number(prefix ?? (family === 'ipv6' ? 128 : 32));
    if (isIP(address) !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= (family === 'ipv6' ? 128 : 32))
      list.addSubnet(address, bits, family);
  }
  return list;
}

/** A password with a bare `%` is used as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
