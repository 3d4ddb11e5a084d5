import type { KindNode } from '../../../installer/kind/node.ts';

/** A node whose commands print what `run` says and succeed. Nothing can be copied into it, and no command in it answers. */
export function scriptedNode(run: (args: readonly string[]) => Promise<string>): KindNode {
  const never = async () => {
    throw new Error('a scripted node only runs commands');
  };
  return {
    name: 'dev-control-plane',
    exec: async (args) => ({ exitCode: 0, stdout: await run(args), stderr: '', ended: 'exited' }),
    run,
    converse: never,
    copyIn: never,
  };
}
