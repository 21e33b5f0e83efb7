/* Answers. Exactly one of these per request; each takes a status line, headers and
 * body to the connection, in the order of the requests. All [loop]; after one
 * returned, the request may be gone: do not touch it. All do nothing but free the
 * request when the client has gone. */
#ifndef ALMANAC_REPLY_REPLY_H
#define ALMANAC_REPLY_REPLY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct alm_request;

/* What every resource takes: a header line. */
#define REPLY_ALLOW "Allow: GET, HEAD, OPTIONS\r\n"

/* Of a resource that is not sent in parts (RFC 9110, 14.3). */
#define REPLY_NO_RANGES "Accept-Ranges: none\r\n"

/* 200 (or another status) with a whole body, which is taken over (the buffer is
 * empty afterwards). `headers` are further header lines, each ended by CRLF; NULL:
 * none. */
void reply_body(struct alm_request *request, int status, const char *content_type,
	const char *headers, struct buffer *body);

/* The head alone; the body is the caller's to put. `length`: of the body, or one of these.
 * False: there is nobody to answer, or there was an answer already. */
#define REPLY_CHUNKED SIZE_MAX
#define REPLY_UNTIL_CLOSE (SIZE_MAX - 1)
bool reply_head(struct alm_request *request, int status, const char *content_type,
	const char *headers, size_t length);

/* 200, or 304 if the client has it already, with an answer that was kept and is held by the
 * caller; it is taken over. False: it was not kept whole, and the client has it not. */
struct response;
bool reply_kept(struct alm_request *request, const struct response *response);

/* An RFC 9457 problem. `param`: name of the parameter that is wrong, with what it
 * got in `value`; NULL if it is none. The text is the problem's "detail". */
struct problem {
	int status;
	const char *param, *value;
	int retry_after;            /* seconds; 0: no such header */
	const char *const *allowed; /* what would have been right, NULL-terminated; or NULL */
};
void reply_problem(struct alm_request *request, const struct problem *problem,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void reply_problemv(struct alm_request *request, const struct problem *problem,
	const char *format, va_list args) __attribute__((format(printf, 3, 0)));

#endif
