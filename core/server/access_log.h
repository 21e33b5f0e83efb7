/* A line for each request, as the other log lines are: on standard error, always as JSON. Lines
 * are collected by each loop and handed over together (base/output.h). All [loop]. */
#ifndef ALMANAC_SERVER_ACCESS_LOG_H
#define ALMANAC_SERVER_ACCESS_LOG_H

#include <stdbool.h>

struct access_log;
struct alm_request;
struct settings;

struct access_log *access_log_create(const struct settings *settings);
/* Hands over what is left. */
void access_log_destroy(struct access_log *log);

/* The request is through. */
void access_log_add(struct access_log *log, const struct alm_request *request);

/* Once a turn of the loop. */
void access_log_flush(struct access_log *log);

#endif
