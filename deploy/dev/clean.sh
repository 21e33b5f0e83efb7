# Deleting everything that ./dev made in the checkout.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

command_clean() {
    local data
    for data in "$dev"/pg "$dev"/pg-test "$dev"/pg-test-* "$dev"/pg-bench; do
        [[ ! -d $data ]] || clean_stop "${data##*/}"
    done
    clean_images
    rm -rf "$root"/build "$root"/build-* "$dev"
}

# The files of images are root's, in the name spaces of their builder.
clean_images() {
    # shellcheck disable=SC2034  # packages_root shows it
    local missing=()
    [[ -d $dev/images ]] || return 0
    packages_root umount --recursive --quiet "$dev"/images/store/overlay 2>/dev/null || true
    packages_root rm -rf "$dev/images"
}

# Stops a server that nobody uses any more (its ./dev was killed); refuses if somebody does.
clean_stop() {
    cluster_select "$1"
    cluster_find_prefix
    exec 8>"$dev/run/$cluster.users"
    flock -n -x 8 || die "another ./dev is using $cluster_data: stop it first"
    if cluster_running; then
        cluster_find_bin
        cluster_stop
    fi
    exec 8>&-
}
