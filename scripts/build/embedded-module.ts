import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';
import { requireBuiltin } from './require-builtin.ts';

/**
 * Loads and compiles a bundle that is embedded in this executable as the asset `NAME.js`. Its code cache, the asset
 * `NAME.cache`, saves V8 the work; a cache of another version or machine is rejected, and V8 compiles as usual.
 */
export function embeddedModule(name: string): unknown {
  const cachedData = Buffer.from(getRawAsset(`${name}.cache`));
  // The bundle is plain ASCII, so a byte is a character and nothing has to be decoded.
  const source = Buffer.from(getRawAsset(`${name}.js`)).toString('latin1');
  const script = new Script(source, { filename: `${name}.js`, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireBuiltin, module, process.execPath);
  return module.exports;
}
