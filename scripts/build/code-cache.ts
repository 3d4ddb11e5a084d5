import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { requireBuiltin } from './require-builtin.ts';

// node code-cache.ts BUNDLE OUTPUT
// Writes V8's code cache of a bundle. The bundle is run first: V8 compiles a function when it is first called, and the
// cache then holds everything that loading needs. A separate program, since libraries change the process that loads them.
const [bundle = '', output = ''] = process.argv.slice(2);
const script = new Script(readFileSync(bundle, 'latin1'), { filename: basename(bundle) });
const module = { exports: {} };
script.runInThisContext()(module.exports, requireBuiltin, module, process.execPath);
// V8 accepts a cache only under the options that it was made with, and the executables run without these two. They have
// served their purpose by now.
for (const option of ['--hash-seed=0', '--flush-bytecode']) setFlagsFromString(option);
writeFileSync(output, script.createCachedData());
