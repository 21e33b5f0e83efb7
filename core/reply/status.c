#include "reply/status.h"

/* In order of status. */
static const struct problem_kind kinds[] = {
	{ 400, "malformed-request", "Malformed request", "The request cannot be read.",
		"Look at `detail`: it says what of the URL or the headers is malformed." },
	{ 404, "not-found", "Not found",
		"There is nothing at this address, or no station or statistic of that name.",
		"`allowed` lists what there is, or names near to the one that was asked for." },
	{ 405, "method-not-allowed", "Method not allowed", "Nothing here can be changed.",
		"Use GET, HEAD or OPTIONS." },
	{ 406, "not-acceptable", "Media type not available",
		"Nothing that the `Accept` header asks for is available at this address.",
		"Leave the header out, or take one of the media types in `allowed`, or the "
		"parameter `format`." },
	{ 408, "request-timeout", "Request too slow", "The request did not come in time.",
		"Send it again, without pauses." },
	{ 413, "content-too-large", "Request body too large",
		"The request has a body, and a large one.",
		"GET needs no body: leave it out." },
	{ 414, "uri-too-long", "URL too long", "The URL is longer than the server reads.",
		"Ask for fewer stations or elements at a time." },
	{ 422, "invalid-parameter", "Invalid parameter",
		"A parameter is unknown, or its value is not what it takes.",
		"`parameter` names it, `value` is what was given, `allowed` what it takes; if several "
		"are wrong, `errors` has them all." },
	{ 429, "too-many-requests", "Too many requests",
		"This client has as many connections, long answers, or requests that search, sort or "
		"bring much, as it may have at a time.",
		"Wait for one to end, or as many seconds as `Retry-After` says; ask for less at a "
		"time." },
	{ 431, "headers-too-large", "Headers too large",
		"The headers are longer than the server reads.",
		"Send fewer or shorter ones; cookies mean nothing here." },
	{ 500, "internal-error", "Internal error", "The server has a fault, or the route has.",
		"Tell who runs it; the server's log says more." },
	{ 501, "not-implemented", "Method not implemented",
		"The method or the transfer coding is not known.", "Use GET, without a body." },
	{ 503, "unavailable", "Unavailable",
		"The server cannot answer at the moment: it has no database, is stopping, or has as "
		"much to do as it can.",
		"Ask again after as many seconds as `Retry-After` says; the log of the server says "
		"why." },
	{ 504, "timeout", "Database too slow", "The database did not answer in time.",
		"Ask for less, or again after as many seconds as `Retry-After` says." },
	{ 505, "http-version", "HTTP version not supported",
		"The server speaks HTTP/1.1 and HTTP/1.0.", "Use HTTP/1.1." },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct problem_kind *problem_kinds(size_t *count)
{
	*count = KINDS;
	return kinds;
}

const struct problem_kind *problem_kind_find(int status)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].status == status) {
			return &kinds[i];
		}
	}
	return NULL;
}
