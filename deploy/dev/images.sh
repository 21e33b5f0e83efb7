# "test images": deploy/Dockerfile built and run.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

test_images() {
    build_npm
    test_put 'images' test_run_images
}

test_run_images() {
    cd "$root" || return
    "$dev/venv/bin/python" -m pytest tests/images -o "cache_dir=$dev/cache/pytest" --timeout 600
}
