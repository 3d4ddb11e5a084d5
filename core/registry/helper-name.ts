/** The name by which docker's `credHelpers` know the credential helper. */
export const HELPER = 'kindgcr';

/** The program that docker runs for that name. */
export const HELPER_PROGRAM = `docker-credential-${HELPER}`;
