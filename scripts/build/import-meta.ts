import { pathToFileURL } from 'node:url';

/** Stands in for `import.meta.url` in an executable, where a bundle has no URL of its own. */
export const importMetaUrl = pathToFileURL(process.execPath).href;
