/* HTTP requests to services, by libcurl: signed if need be, tried again while that makes sense.
 * They block: [worker] and the commands, never a loop. */
#ifndef ALMANAC_AWS_TRANSFER_H
#define ALMANAC_AWS_TRANSFER_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct credentials;

/* Everything must live until the transfer has ended. */
struct transfer_request {
	const char *method;         /* NULL: GET */
	const char *url;            /* path and query percent-encoded, the query in order */
	const char *const *headers; /* "Name: value", NULL at the end; or NULL */
	const char *body;           /* NULL: none */
	size_t body_length;
	size_t answer_max; /* bytes of an answer of status 2xx; more is a failure */
	/* AWS Signature Version 4; no credentials, or credentials without an id: not signed. */
	const struct credentials *credentials;
	const char *service, *region;
	bool local;              /* never through a proxy */
	bool secret;             /* the answer may hold secrets: errors do not show it */
	bool follow;             /* redirections, to https only */
	long connect_timeout;    /* ms; 0: 5000 */
	long timeout;            /* ms for all of it; 0: only while nothing moves */
	const atomic_bool *stop; /* set by [any]: it ends, "interrupted"; NULL: never */
};

/* Embedded by its owner, zero at first. May be used again: connections stay open. */
struct transfer {
	CURL *curl;
	struct curl_slist *headers;
	struct buffer body; /* of the answer */
	size_t body_max;
	const atomic_bool *stop;
	bool malformed; /* the request: it is not sent */
	bool cut;       /* it is an error, and not all of it was kept */
	long status;    /* 0: there was no answer */
	char why[CURL_ERROR_SIZE];
};

enum transfer_outcome {
	TRANSFER_ANSWERED, /* whatever the status */
	TRANSFER_AGAIN,    /* no answer, or one that says: later */
	TRANSFER_REFUSED   /* no answer, nor would there be one: TLS, a malformed URL, a stop */
};

/* [any] Before any other use of curl; again does nothing. */
void transfer_init(void);

/* Makes the handle ready, for curl_multi_add_handle(). Until the transfer ends its body may be
 * read but not taken. -1: `why` the request may not be sent. */
int transfer_prepare(struct transfer *transfer, const struct transfer_request *request);

/* What became of a handle that has ended with `code`. */
enum transfer_outcome transfer_judge(struct transfer *transfer, CURLcode code);

/* One attempt. */
enum transfer_outcome transfer_once(
	struct transfer *transfer, const struct transfer_request *request);

/* Several attempts, with waits that grow between them. 0: there is an answer, of any status
 * that does not ask to come again. -1: *err. */
int transfer_run(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

/* Whether the answer refuses credentials because their time is over. */
bool transfer_says_expired(struct transfer *transfer);

/* A header of the answer; NULL: it has none. Good until the next request. */
const char *transfer_header(const struct transfer *transfer, const char *name);

/* Its entity tag; "" if it has none, a weak one, one that is longer than `size` holds, or one
 * with control characters. */
void transfer_strong_etag(const struct transfer *transfer, char *to, size_t size);

/* ms to wait before attempt number `attempt` (from 1); grows, and differs between those who
 * wait. */
int transfer_delay(unsigned attempt);
enum { TRANSFER_ATTEMPTS = 5 };

/* Waits so long, or until it is to stop (NULL: never). */
void transfer_pause(unsigned attempt, const atomic_bool *stop);
bool transfer_is_stopped(const atomic_bool *stop);

/* Says why there was no answer, or what the answer says, without the query of the URL. */
int transfer_fail(const struct transfer *transfer, const struct transfer_request *request,
	struct error *err);

void transfer_finish(struct transfer *transfer);

#endif
