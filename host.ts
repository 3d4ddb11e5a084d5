import { basename } from 'node:path';
import { isSea } from 'node:sea';
import { HELPER_PROGRAM } from './core/registry/helper-name.ts';
import { main as helper } from './helper/main.ts';

/**
 * The host executable: two programs in one file, chosen by the name it was called by. Kept small, since all of it
 * is loaded at each start: what a warm `get` does not need is in `cold.ts`.
 */
const cold = () => import('./cold.ts');
const args = process.argv.slice(2);

if (calledAs().startsWith(HELPER_PROGRAM)) {
  void helper(args, (context) => async (request) => (await cold()).mintWith(context)(request));
} else {
  void cold().then(({ installer }) => installer(args));
}

/** The executable's name as it was typed, or the script's (a link's name counts) when run by node. */
function calledAs(): string {
  return basename((isSea() ? process.argv0 : process.argv[1]) ?? '');
}
