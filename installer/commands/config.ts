import { Command } from 'commander';
import { chooseSource, type DirectChoice, type SourceChoice } from '../../core/google/choice/source-choice.ts';
import type { CommandContext } from '../context.ts';
import { SETTING_KEYS, settingKey } from '../host/setting-keys.ts';
import { changeSettings, readSettings } from '../host/settings.ts';

/** `kindgcr config set|get|list|unset`. */
export function configCommand({ person, out, log }: CommandContext): Command {
  const config = new Command('config')
    .summary('settings: where tokens come from')
    .description(
      'Settings that the credential helper and the commands share. Variables (KINDGCR_SOURCE, …) win over them.',
    )
    .addHelpText(
      'after',
      `\nSettings:\n${SETTING_KEYS.map(({ name, help }) => `  ${name.padEnd(12)} ${help}\n`).join('')}`,
    );

  config
    .command('set <setting> <value>')
    .description('make a setting')
    .action(async (name: string, value: string) => {
      const key = settingKey(name);
      await changeSettings(person, async (before, write) => {
        const settings = await key.write(before, value);
        await write(settings);
        out(`${name} is ${key.read(settings)}\n`);
      });
    });
  config
    .command('get <setting>')
    .description('print a setting; nothing where it is not made')
    .action(async (name: string) => {
      const value = settingKey(name).read(await readSettings(person));
      if (value === undefined) log.info(`${name} is not set`);
      else out(`${value}\n`);
    });
  config
    .command('list')
    .description('print the settings that are made, and the source that follows')
    .action(async () => {
      const settings = await readSettings(person);
      for (const { name, read } of SETTING_KEYS) {
        const value = read(settings);
        if (value !== undefined) out(`${name}=${value}\n`);
      }
      log.info(`tokens come from ${inWords(chooseSource(person))}`);
    });
  config
    .command('unset <setting>')
    .description('take a setting back')
    .action(async (name: string) => {
      const key = settingKey(name);
      await changeSettings(person, (settings, write) => write(key.remove(settings)));
      out(`${name} is not set\n`);
    });
  return config;
}

function inWords(choice: SourceChoice): string {
  if (choice.kind === 'impersonate')
    return `${choice.account}, impersonated by leave of ${directlyInWords(choice.over)}`;
  return directlyInWords(choice);
}

function directlyInWords(choice: DirectChoice): string {
  switch (choice.kind) {
    case 'gcloud':
      return choice.program;
    case 'keyfile':
      return `the key file ${choice.path}`;
    case 'adc':
      return choice.path === undefined
        ? `the metadata server at ${choice.metadataHost}`
        : `the application default credentials in ${choice.path}`;
  }
}
