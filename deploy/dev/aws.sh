# "test aws": the templates of deploy/aws, their validators, and what they promise the images.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

test_aws() {
    test_build
    test_put 'aws' test_run_aws build
}

# test_run_aws BUILD [PYTEST-ARGUMENT...]
test_run_aws() {
    python_environment venv-aws "$root/tests/aws/requirements.txt"
    cd "$root" || return
    ALMANAC=$root/$1/almanac npm_config_cache=$dev/cache/npm \
        "$dev/venv-aws/bin/python" -m pytest tests/aws -o "cache_dir=$dev/cache/pytest" "${@:2}"
}
