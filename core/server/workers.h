/* The threads of libuv's pool, on which what blocks is done. */
#ifndef ALMANAC_SERVER_WORKERS_H
#define ALMANAC_SERVER_WORKERS_H

#include <stddef.h>
#include <uv.h>

#include "base/error.h"

/* Starts them, once it is certain that they and `others` threads can run. Left to itself, libuv
 * ends the program without a word if it cannot start its own. Runs `loop` for a moment. */
int workers_start(uv_loop_t *loop, size_t others, struct error *err);

#endif
