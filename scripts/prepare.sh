# shellcheck shell=bash
# What every script needs before it can run: npm, and the packages of package-lock.json. Sourced, from the top folder.

# need_program NAME: installs a program from the Debian package of its name if it is missing; fails without root or apt-get.
need_program() {
  if command -v "$1" > /dev/null; then return; fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then return 1; fi
  echo "$1 is not installed; installing it by apt-get ..." >&2
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1"; } > /dev/null
}

# npm is all that the machine must have: Node comes by it.
need_npm() {
  if need_program npm; then return; fi
  echo 'error: npm is not installed' >&2
  echo 'hint: install Node.js 22.19 or newer with npm, then run this again' >&2
  exit 69
}

# An old Node has npm leave out packages that are for a new one, and an old npm its programs. So where the machine's Node is
# too old, npm is had to fetch the Node of package-lock.json and a npm of its time, into a folder beside the checkouts.
need_node() {
  if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)'; then return; fi
  local runtime tools
  runtime=node-linux-$(node -p process.arch)
  tools=${XDG_CACHE_HOME:-$HOME/.cache}/kindgcr/node
  if [ "$(node -p process.platform)" != linux ]; then
    echo "error: Node.js $(node --version) is too old" >&2
    echo 'hint: install Node.js 22.19 or newer, then run this again' >&2
    exit 69
  fi
  if [ ! -x "$tools/node_modules/$runtime/bin/node" ]; then
    echo "Node.js $(node --version) is too old; fetching a newer one with npm ..." >&2
    npm install --prefix "$tools" --no-audit --no-fund --loglevel=error >&2 \
      "$runtime@$(node -p "require('./package.json').optionalDependencies['$runtime']")" \
      "$(node -p "require('./package.json').packageManager")"
  fi
  PATH=$tools/node_modules/$runtime/bin:$tools/node_modules/.bin:$PATH
}

# Installs the packages when the lock file says something else than what lies there.
need_packages() {
  local stamp=node_modules/.kindgcr-lock
  if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp"; then return; fi
  echo 'installing packages with npm ...' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$stamp"
}

prepare() {
  need_npm
  need_node
  need_packages
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
}
