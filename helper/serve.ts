import { KindGcrError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import { googleDockerHost } from '../core/registry/google-hosts.ts';
import { HELPER_PROGRAM } from '../core/registry/helper-name.ts';
import { VERSION } from '../core/version.ts';
import { type GetContext, getCredentials } from './get.ts';
import { listConfigured } from './list.ts';
import { NOT_FOUND, ProtocolError, parseCredentials, parseServerURL } from './protocol.ts';

/** What one call needs from outside. */
export interface HelperContext extends GetContext {
  /** All of stdin. Called only by actions that read it. */
  readonly readInput: () => string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const USAGE = `Usage: ${HELPER_PROGRAM} <store|get|erase|list|version>`;

const NOT_STORED = `${HELPER_PROGRAM}: nothing was stored: kindgcr serves Google's registries only; use another credential store for this one\n`;

/** Serves one call of Docker's credential helper protocol and returns the exit code: 0, or 1 with the error on stdout. */
export async function serve(args: readonly string[], context: HelperContext): Promise<number> {
  const { out, err } = context;
  const [action] = args;
  if (action === undefined || args.length !== 1) return fail(out, USAGE);
  try {
    const answer = await act(action, context);
    if (answer === undefined) return fail(out, `${HELPER_PROGRAM}: unknown action: ${action.slice(0, 100)}`);
    if (answer !== '') out(`${answer}\n`);
    return 0;
  } catch (error) {
    if (error instanceof ProtocolError) return fail(out, error.message);
    if (error instanceof KindGcrError) return refuse(context, error);
    err(`${HELPER_PROGRAM}: ${redact(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
    return fail(out, NOT_FOUND);
  }
}

/** What the action prints: '' for nothing, undefined for an unknown action. */
async function act(name: string, context: HelperContext): Promise<string | undefined> {
  switch (name) {
    case 'get': {
      const serverURL = parseServerURL(context.readInput());
      return JSON.stringify({ ServerURL: serverURL, ...(await getCredentials(serverURL, context)) });
    }
    // The helper stores nothing, but `store` must succeed, or `docker login` fails.
    case 'store': {
      const { ServerURL } = parseCredentials(context.readInput());
      if (googleDockerHost(ServerURL) === undefined) context.err(NOT_STORED);
      return '';
    }
    case 'erase':
      parseServerURL(context.readInput());
      return '';
    case 'list':
      return JSON.stringify(listConfigured(context.user));
    case 'version':
    case '--version':
    case '-v':
      return `${HELPER_PROGRAM} (kindgcr) ${VERSION}`;
    case '--help':
    case '-h':
      return USAGE;
    default:
      return undefined;
  }
}

/**
 * "Not found" is the only answer after which every client continues without credentials, so that a public image can
 * still be pulled (docker 29 fails the pull on any other). The reason goes to stderr, where the user sees it.
 */
function refuse({ out, err }: HelperContext, { message, hint }: KindGcrError): number {
  err(`${HELPER_PROGRAM}: ${redact(message)}\n`);
  err(`hint: ${redact(hint)}\n`);
  return fail(out, NOT_FOUND);
}

function fail(out: (text: string) => void, message: string): number {
  out(`${message}\n`);
  return 1;
}
