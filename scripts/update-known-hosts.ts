import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownHostsModule } from './known-hosts-module.ts';

// node scripts/update-known-hosts.ts
// Writes core/registry/google-hosts-known.ts from scripts/known-hosts.txt. Needs no network.
const list = readFileSync(join(import.meta.dirname, 'known-hosts.txt'), 'utf8');
writeFileSync(join(import.meta.dirname, '../core/registry/google-hosts-known.ts'), knownHostsModule(list));
