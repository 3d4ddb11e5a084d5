import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Exec } from '../../../core/system/exec.ts';

/** systemd's user manager as far as unit files matter: it knows a unit only after a daemon-reload. */
export function userManager(folder: string, { refuses }: { refuses?: string } = {}) {
  const known = new Map<string, string>();
  const enabled = new Set<string>();
  const active = new Set<string>();
  const answer = (exitCode: number, stderr = '') => ({ exitCode, stdout: '', stderr, ended: 'exited' as const });
  const exec: Exec = async (file, [user, command = '', ...args]) => {
    expect([file, user]).toEqual(['systemctl', '--user']);
    const unit = args.findLast((arg) => !arg.startsWith('-')) ?? '';
    if (command === refuses) return answer(1, `Failed to ${command} unit: Access denied\nsecond line\n`);
    if (command === 'daemon-reload') {
      known.clear();
      for (const name of await readdir(folder).catch(() => []))
        known.set(name, await readFile(join(folder, name), 'utf8'));
    }
    if (['enable', 'disable', 'restart', 'cat'].includes(command) && !known.has(unit)) return answer(1, 'not loaded');
    if (command === 'enable') enabled.add(unit);
    if (command === 'restart') active.add(unit);
    if (command === 'disable') {
      enabled.delete(unit);
      if (args.includes('--now')) active.delete(unit);
    }
    return answer(command === 'is-active' && !active.has(unit) ? 3 : 0);
  };
  return { exec, known, enabled, active };
}
