// node test/support/testcontainers-login.ts HOST: the login that testcontainers finds for a registry, as JSON.
import { CredHelpers } from 'testcontainers/build/container-runtime/auth/cred-helpers.js';

const host = process.argv[2] ?? '';
const login = await new CredHelpers().getAuthConfig(host, { credHelpers: { [host]: 'kindgcr' } });
process.stdout.write(JSON.stringify(login ?? null));
