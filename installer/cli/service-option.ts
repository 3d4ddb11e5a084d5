import { Option } from 'commander';

/** `--no-service`, for every command that starts something that has to be renewed. */
export function serviceOption(): Option {
  return new Option('--no-service', 'set up no background service that renews tokens');
}
