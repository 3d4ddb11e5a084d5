# shellcheck shell=bash
# What every script needs before it can run: npm, and the packages of package-lock.json. Sourced, from the top folder.

# Node itself comes with the packages (node_modules/.bin/node); npm is all that the machine must have.
need_npm() {
  if command -v npm > /dev/null; then return; fi
  if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    echo 'npm is not installed; installing it by apt-get ...' >&2
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends npm; } > /dev/null
    return
  fi
  echo 'error: npm is not installed' >&2
  echo 'hint: install Node.js 22.19 or newer with npm, then run this again' >&2
  exit 69
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
  need_packages
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
}
