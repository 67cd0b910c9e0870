# Sourced by the benchmarks: how they speak, and the packages of the Node servers that they compare with.
say() { echo "bench: $*" >&2; }

install_baselines() {
    command -v node >/dev/null && command -v npm >/dev/null || { say "node or npm is not installed"; return 1; }
    installed=load/baselines/node_modules/.package-lock.json
    if [ -e "$installed" ] && [ ! load/baselines/package-lock.json -nt "$installed" ]; then return 0; fi
    say "installing the Node servers' packages (better-sqlite3 may be compiled: about a minute)"
    # node-gyp takes the distribution's headers where they are installed instead of looking for them elsewhere.
    if [ -e /usr/include/node/node.h ]; then export npm_config_nodedir="${npm_config_nodedir:-/usr}"; fi
    (cd load/baselines && npm ci --no-progress --loglevel=error >&2 && node -e "new (require('better-sqlite3'))(':memory:')") && return 0
    # A half-installed folder must not pass for a whole one next time.
    rm -rf load/baselines/node_modules
    return 1
}
