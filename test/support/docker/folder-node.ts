import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'valibot';
import { type NodeLayout, nodeLayout } from '../../../core/node/layout.ts';
import { type StatusReport, StatusReportSchema } from '../../../core/node/status-report.ts';
import { tempDir } from '../files/temp-dir.ts';
import { programFile } from '../run/programs.ts';
import { run } from '../run/run.ts';

/**
 * A kind node in a plain folder: the stand-in docker runs the installer's real shell scripts in it, and they run the real
 * agent from its sources. systemd is stood in for; the daemon itself never runs.
 */
export interface FolderNode {
  readonly root: string;
  readonly layout: NodeLayout;
  /** Writes a file of the node. */
  write(path: string, content: string, mode?: number): Promise<void>;
  /** A file of the node; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  mode(path: string): Promise<number>;
  /** The calls of systemctl so far, without flags about output, waiting and reloads. */
  systemctl(): Promise<readonly string[]>;
  /** What the agent in the node says. */
  status(): Promise<StatusReport>;
}

/** An agent executable for such nodes: a script that runs the agent's sources in the folder that it was copied into. */
export async function writeFolderAgent(path: string, { marked = 'one' } = {}): Promise<void> {
  const script = `#!/bin/sh
# ${marked}
exec '${process.execPath}' '${programFile('agent')}' --root "\${0%/usr/local/bin/*}" "$@"
`;
  await writeFile(path, script, { mode: 0o755 });
}

/** Makes a node as kind leaves it: its kubelet is configured and runs, and there is no config.json. */
export async function folderNode(): Promise<FolderNode> {
  const root = await tempDir();
  const layout = nodeLayout(root);
  const node: FolderNode = {
    root,
    layout,
    async write(path, content, mode = 0o600) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode });
    },
    read: (path) => readFile(path, 'utf8').catch(() => undefined),
    mode: async (path) => (await stat(path)).mode & 0o777,
    systemctl: async () => ((await node.read(join(root, 'systemd/calls'))) ?? '').split('\n').slice(0, -1),
    async status() {
      const { stdout } = await run(layout.agent, ['status', '--json']);
      return parse(StatusReportSchema, JSON.parse(stdout));
    },
  };
  const stand = (name: string, script: string) =>
    node.write(join(root, 'stand-ins', name), `#!/bin/sh\n${script}`, 0o755);
  await stand('systemctl', systemctl(root));
  await stand('pgrep', 'exit 1\n');
  await stand('chown', '\n'); // the tests need not be root
  await node.write(join(root, 'systemd/kubelet.service.active'), '');
  await node.write(layout.kubeletConfig, 'healthzPort: 0\n');
  await node.write(layout.kubeadmFlags, 'KUBELET_KUBEADM_ARGS=""\n');
  for (const folder of ['usr/local/bin', 'etc/systemd/system', 'run'])
    await mkdir(join(root, folder), { recursive: true });
  return node;
}

/**
 * systemctl by files: NAME.enabled and NAME.active. A service whose NAME.broken is there can't be started, and one whose
 * NAME.unread is there not before a reload.
 */
function systemctl(root: string): string {
  return `cd '${root}/systemd'
say=echo; reload=true
while :; do case \${1-} in -q | --quiet) say=:; shift ;; --no-block) shift ;; --no-reload) reload=false; shift ;; *) break ;; esac; done
echo "$*" >> calls
verb=\${1-}; shift
now=false; service=
for arg; do case $arg in --now) now=true ;; -*) ;; *) service=$arg ;; esac; done
begin() {
  [ ! -e "$service.unread" ] || { echo "Failed to $verb $service: Unit $service not found." >&2; exit 5; }
  [ ! -e "$service.broken" ] || { echo "Job for $service failed because the control process exited with error code." >&2; exit 1; }
  : > "$service.active"
}
case $verb in
is-active) if [ -e "$service.active" ]; then $say active; else $say inactive; exit 3; fi ;;
is-enabled) if [ -e "$service.enabled" ]; then $say enabled; else $say disabled; exit 1; fi ;;
enable) : > "$service.enabled"; [ $reload = false ] || rm -f ./*.unread ;;
disable) rm -f "$service.enabled"; [ $now = false ] || rm -f "$service.active" ;;
start | restart) begin ;;
stop) rm -f "$service.active" ;;
daemon-reload) rm -f ./*.unread ;;
show) echo "ActiveState=active"; echo "ExecMainStartTimestampMonotonic=1000000" ;;
esac
`;
}
