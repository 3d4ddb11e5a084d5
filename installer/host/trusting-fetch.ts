import { type Fetch, proxyFetch } from '../../core/system/proxy-fetch.ts';
import type { Person } from '../../core/system/user-folders.ts';
import { readTrust } from './trusted-registries.ts';

/** A fetch that trusts the stored certificates of each host, and everything that this machine trusts. */
export function trustingFetch(person: Person): Fetch {
  const plain = proxyFetch(person.env);
  return (input, init) => {
    const { host } = new URL(input instanceof Request ? input.url : input);
    const trust = readTrust(host, person);
    return trust === undefined ? plain(input, init) : proxyFetch(person.env, trust)(input, init);
  };
}
