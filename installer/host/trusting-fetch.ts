import { type Fetch, proxyFetch } from '../../core/system/proxy-fetch.ts';
import type { User } from '../../core/system/user-folders.ts';
import { readTrust } from './trusted-registries.ts';

/** A fetch that trusts the stored certificates of each host, and everything that this machine trusts. */
export function trustingFetch(user: User): Fetch {
  const plain = proxyFetch(user.env);
  return (input, init) => {
    const { host } = new URL(input instanceof Request ? input.url : input);
    const trust = readTrust(host, user);
    return trust === undefined ? plain(input, init) : proxyFetch(user.env, trust)(input, init);
  };
}
