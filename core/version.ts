import packageJson from '../package.json' with { type: 'json' };

/** The version of all three programs. */
export const VERSION: string = packageJson.version;
