/**
 * What the host executable loads only when it is needed: everything but the helper's answers from its cache. In the
 * built executable this is a second script inside it, compiled on first use.
 */
export { mintWith } from './helper/mint.ts';
export { main as installer } from './installer/main.ts';
