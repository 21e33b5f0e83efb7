# Python environments for tests and measurements.
# shellcheck shell=bash disable=SC2154  # dev: set by ../../dev

# python_environment NAME REQUIREMENTS: .dev/NAME holds exactly these packages.
python_environment() {
    local directory=$dev/$1 requirements=$2
    local stamp=$directory/.requirements
    if cmp -s "$requirements" "$stamp" && "$directory/bin/python" -c '' 2>/dev/null; then
        return
    fi
    say "installing Python packages into $directory"
    rm -rf "$directory"
    /usr/bin/python3 -m venv "$directory"
    # Not compiled: of thousands of files few are ever imported.
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
        --requirement "$requirements"
    cp "$requirements" "$stamp"
}
