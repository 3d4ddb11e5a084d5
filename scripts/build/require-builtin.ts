/** Finds Node's own modules and nothing else: no file near an executable may become a part of it. */
export function requireBuiltin(id: string): unknown {
  const builtin = process.getBuiltinModule(id);
  if (builtin !== undefined) return builtin;
  throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
}
