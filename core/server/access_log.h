/* Access log: a JSON line on standard error for each request. A loop collects its lines and
 * writes them together (base/output.h). All [loop]. */
#ifndef ALMANAC_SERVER_ACCESS_LOG_H
#define ALMANAC_SERVER_ACCESS_LOG_H

#include <stdbool.h>

struct access_log;
struct alm_request;
struct settings;

struct access_log *access_log_create(const struct settings *settings);
/* Writes the remaining lines. */
void access_log_destroy(struct access_log *log);

/* Adds a finished request. */
void access_log_add(struct access_log *log, const struct alm_request *request);

/* Writes the collected lines. Call it once an iteration of the loop. */
void access_log_flush(struct access_log *log);

#endif
