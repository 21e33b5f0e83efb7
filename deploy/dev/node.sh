# Node.js, which is needed to fetch npm packages, and fetching them.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

node_least=20                        # major version
node_wheel=$root/deploy/npm/node.txt # PyPI's, where there is none or an older one

# Puts node and npm on PATH. Debian's npm would bring hundreds of packages.
node_find() {
    local major
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p') || true
    if [[ -n $major ]] && ((major >= node_least)) && command -v npm >/dev/null; then
        return
    fi
    python_environment venv-node "$node_wheel"
    PATH=$dev/venv-node/bin:$PATH
}

# node_packages NAME SOURCE: .dev/NAME/node_modules holds what SOURCE/package-lock.json says. No
# script of a package is run.
node_packages() {
    local directory=$dev/$1 lock=$2/package-lock.json
    if cmp -s "$lock" "$directory/installed.json"; then
        return
    fi
    node_find
    say "installing npm packages into $directory"
    rm -rf "$directory"
    install -d "$directory"
    cp "$2/package.json" "$lock" "$directory"
    (
        cd "$directory" || exit
        npm_config_cache=$dev/cache/npm npm ci --ignore-scripts --legacy-peer-deps --no-audit \
            --no-fund --no-update-notifier --loglevel=error
    ) >&2
    cp "$lock" "$directory/installed.json"
}
