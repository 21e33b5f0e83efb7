/* HTTP requests by libcurl: signed (AWS Signature Version 4), repeated after transient
 * failures. They block: [worker] and the commands, never a loop. */
#ifndef ALMANAC_AWS_TRANSFER_H
#define ALMANAC_AWS_TRANSFER_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct credentials;

/* One request. All that it points to must live until the transfer has ended. */
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
	bool local;           /* never through a proxy */
	bool secret;          /* the answer may hold secrets: errors do not show it */
	bool follow;          /* redirections, to https only */
	long connect_timeout; /* ms; 0: 5000 */
	long timeout;         /* ms for all of it; 0: only while nothing moves */
	const atomic_bool
		*stop; /* set by [any]: the transfer fails, "interrupted"; NULL: never */
};

/* A transfer and its answer. Embedded by its owner, zero at first; reusing it keeps connections
 * open. */
struct transfer {
	CURL *curl;
	struct curl_slist *headers;
	struct buffer body; /* of the answer */
	size_t body_max;
	const atomic_bool *stop;
	bool malformed; /* the request is malformed and not sent */
	bool cut;       /* the body of an error was cut at its limit */
	long status;    /* 0: there was no answer */
	char why[CURL_ERROR_SIZE];
};

enum transfer_outcome {
	TRANSFER_ANSWERED, /* whatever the status */
	TRANSFER_AGAIN,    /* no answer, or one that asks for a retry */
	TRANSFER_REFUSED   /* permanent: TLS, a malformed URL, a stop */
};

/* Initialises libcurl; repeated calls do nothing. [any] */
void transfer_init(void);

/* Prepares the handle for curl_multi_add_handle(). While the transfer runs its body may be read
 * but not taken. -1: the request is malformed, see `why`. */
int transfer_prepare(struct transfer *transfer, const struct transfer_request *request);

/* Classifies a handle that ended with `code`. */
enum transfer_outcome transfer_judge(struct transfer *transfer, CURLcode code);

/* One attempt. */
enum transfer_outcome transfer_once(
	struct transfer *transfer, const struct transfer_request *request);

/* Repeats after transient failures, with growing delays. 0: there is an answer, of any status
 * that does not ask for a retry. -1: *err. */
int transfer_run(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

/* transfer_run() with a deadline of about TIMED_REQUEST_MS, for credentials and secrets. -1
 * also for an answer that asks for a retry: transfer->status tells. */
enum { TIMED_REQUEST_MS = 10000 };
int timed_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

/* Whether the answer says that the credentials have expired. */
bool transfer_says_expired(struct transfer *transfer);

/* A header of the answer; NULL: none. Valid until the next request. */
const char *transfer_header(const struct transfer *transfer, const char *name);

/* Content-Range (RFC 9110, 14.4): the bytes that an answer holds. */
struct content_range {
	int64_t first, last;
	int64_t size; /* of the whole representation; -1: not known ("*") */
};

/* False: not a range of bytes, or an invalid one. */
bool content_range_parse(const char *text, struct content_range *range);

/* Copies the strong entity tag of the answer; "" for none, a weak one, one longer than `size`,
 * or one with control characters. */
void transfer_strong_etag(const struct transfer *transfer, char *to, size_t size);

/* Delay in ms before attempt number `attempt` (from 1): exponential, with jitter. */
int transfer_delay(unsigned attempt);
enum { TRANSFER_ATTEMPTS = 5 };

/* Sleeps for transfer_delay(), or until `stop` (NULL: never) is set. */
void transfer_pause(unsigned attempt, const atomic_bool *stop);
bool transfer_is_stopped(const atomic_bool *stop);

/* Sets *err to the reason of a failure, or to the status and beginning of the answer; never
 * shows the query of the URL. Returns -1. */
int transfer_fail(const struct transfer *transfer, const struct transfer_request *request,
	struct error *err);

void transfer_finish(struct transfer *transfer);

#endif
