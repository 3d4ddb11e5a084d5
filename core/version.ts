import packageJson from '../package.json' with { type: 'json' };

/** The version that all three programs tell. */
export const VERSION: string = packageJson.version;
