import { InvalidArgumentError, Option } from 'commander';

/** A list of names, by default "default", which is not part of a given list. */
export function kubernetesNamesOption(flags: string, help: string): Option {
  const option = new Option(flags, help).default(['default'], 'default');
  return option.argParser((value: string, before: readonly string[]) => {
    const names = value.split(',').map(kubernetesName);
    return before === option.defaultValue ? names : [...before, ...names];
  });
}

/** A name that Kubernetes accepts (RFC 1123), and so never a flag. */
export function kubernetesName(value: string): string {
  if (/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError('A Kubernetes name has lower-case letters, digits, "-" and ".".');
}
