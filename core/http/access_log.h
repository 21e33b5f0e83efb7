/* A line for each request, as the other log lines are: on standard error, text or JSON. Lines
 * are collected by each loop and written together; a pipe that nobody reads does not hold up
 * the loop: what does not fit is dropped and counted. All [loop]. */
#ifndef ALMANAC_HTTP_ACCESS_LOG_H
#define ALMANAC_HTTP_ACCESS_LOG_H

#include <stdbool.h>

struct access_log;
struct exchange;
struct settings;

struct access_log *access_log_create(const struct settings *settings);
/* Writes what is left, as far as it can be written. */
void access_log_destroy(struct access_log *log);

/* The request is through. */
void access_log_add(struct access_log *log, const struct exchange *exchange);

/* Once a turn of the loop. */
void access_log_flush(struct access_log *log);

#endif
