import type { ProductFacts } from './product-facts.ts';
import type { ReleasedFile } from './released-file.ts';

/** Homebrew's name of a platform and of a processor, by ours. */
const MACHINES = [
  ['on_macos', 'on_arm', 'kindgcr-darwin-arm64'],
  ['on_macos', 'on_intel', 'kindgcr-darwin-x64'],
  ['on_linux', 'on_arm', 'kindgcr-linux-arm64'],
  ['on_linux', 'on_intel', 'kindgcr-linux-x64'],
] as const;

const AGENTS = ['kindgcr-agent-linux-x64', 'kindgcr-agent-linux-arm64'] as const;

/**
 * A Homebrew formula for the released executables: https://docs.brew.sh/Formula-Cookbook. The agents lie beside the
 * program, where it looks for them, and the helper is the same program by another name. Throws where a file is missing.
 */
export function homebrewFormula(
  { version, description, homepage, license }: ProductFacts,
  files: readonly ReleasedFile[],
) {
  const platform = (name: 'on_macos' | 'on_linux') =>
    block(
      2,
      `${name} do`,
      MACHINES.filter(([on]) => on === name).map(([, cpu, file]) =>
        block(4, `${cpu} do`, [source(6, find(file, files))]),
      ),
    );
  return `class Kindgcr < Formula
  desc ${quoted(description.replace(/:.*$/, ''))}
  homepage ${quoted(homepage)}
  version ${quoted(version)}
  license ${quoted(license)}

${platform('on_macos')}
${platform('on_linux')}
${AGENTS.map((agent) => block(2, `resource ${quoted(agent)} do`, [source(4, find(agent, files))])).join('\n')}
  def install
    libexec.install Dir["kindgcr-*"].first => "kindgcr"
    resources.each { |agent| agent.stage { libexec.install agent.name } }
    chmod 0755, libexec.children
    # Built on Linux and so without a signature, which macOS wants.
    system "codesign", "--force", "--sign", "-", libexec/"kindgcr" if OS.mac?
    bin.install_symlink libexec/"kindgcr"
    bin.install_symlink libexec/"kindgcr" => "docker-credential-kindgcr"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/kindgcr --version")
    assert_match "{}", shell_output("#{bin}/docker-credential-kindgcr list")
  end
end
`;
}

function source(indent: number, { url, sha256 }: ReleasedFile): string {
  const space = ' '.repeat(indent);
  // A single executable, not an archive.
  return `${space}url ${quoted(url)}, using: :nounzip\n${space}sha256 ${quoted(sha256)}\n`;
}

function block(indent: number, head: string, body: readonly string[]): string {
  const space = ' '.repeat(indent);
  return `${space}${head}\n${body.join('')}${space}end\n`;
}

function find(name: string, files: readonly ReleasedFile[]): ReleasedFile {
  const file = files.find((one) => one.name === name);
  if (file === undefined) throw new Error(`the release has no ${name}`);
  return file;
}

/** Ruby's double quotes, without interpolation. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"#]/g, '\\$&')}"`;
}
