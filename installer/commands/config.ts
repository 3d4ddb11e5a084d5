import { Argument } from 'commander';
import { defineCommand, defineGroup } from '../cli/command.ts';
import type { CommandContext } from '../context.ts';
import { hostAccount } from '../host/host-account.ts';
import { SETTING_KEYS, settingKey } from '../host/setting-keys.ts';
import { changeSettings, readSettings } from '../host/settings.ts';

const SETTING = new Argument('<setting>');

const setCommand = defineCommand<object, [string, string], CommandContext>({
  name: 'set',
  summary: 'set a setting',
  arguments: [SETTING, new Argument('<value>')],
  async run({ args: [name, value] }, { user }) {
    const key = settingKey(name);
    return await changeSettings(user, async (before, write) => {
      const settings = await key.write(before, value);
      await write(settings);
      return { text: `${name} is ${key.read(settings)}\n` };
    });
  },
});

const getCommand = defineCommand<object, [string], CommandContext>({
  name: 'get',
  summary: 'print a setting; nothing when it is not set',
  arguments: [SETTING],
  async run({ args: [name] }, { user, log }) {
    const value = settingKey(name).read(await readSettings(user));
    if (value !== undefined) return { text: `${value}\n` };
    log.info(`${name} is not set`);
    return undefined;
  },
});

const listCommand = defineCommand<object, [], CommandContext>({
  name: 'list',
  summary: 'print the settings that are set, and the source that follows from them',
  async run(_, { user, log, signal }) {
    const settings = await readSettings(user);
    const lines = SETTING_KEYS.flatMap(({ name, read }) => {
      const value = read(settings);
      return value === undefined ? [] : [`${name}=${value}\n`];
    });
    const { choice, words, failure } = await hostAccount(user, signal);
    if (choice === undefined && failure !== undefined) throw failure;
    log.info(`tokens come from ${words}`);
    if (failure !== undefined) log.warn(failure.message, { hint: failure.hint });
    return { text: lines.join('') };
  },
});

const unsetCommand = defineCommand<object, [string], CommandContext>({
  name: 'unset',
  summary: 'remove a setting',
  arguments: [SETTING],
  async run({ args: [name] }, { user }) {
    const key = settingKey(name);
    await changeSettings(user, (settings, write) => write(key.remove(settings)));
    return { text: `${name} is not set\n` };
  },
});

/** `kindgcr config set|get|list|unset`. */
export const configCommand = defineGroup<CommandContext>({
  name: 'config',
  summary: 'settings: where tokens come from',
  description:
    'Settings that the credential helper and the commands share. Variables (KINDGCR_SOURCE, …) override them.',
  helpAfter: `Settings:\n${SETTING_KEYS.map(({ name, help }) => `  ${name.padEnd(12)} ${help}`).join('\n')}`,
  commands: [setCommand, getCommand, listCommand, unsetCommand],
});
