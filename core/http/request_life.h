/* The life of a request: made when its head has come, answered once, freed when
 * its answer has left and nothing is under way for it. All [loop]. */
#ifndef ALMANAC_HTTP_REQUEST_LIFE_H
#define ALMANAC_HTTP_REQUEST_LIFE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "route/request.h"
#include "schedule/admission.h"
#include "schedule/turns.h"

/* An answer whose length is not known when its head leaves: its body is a chunk at a time
 * (RFC 9112, 7.1). */
struct stream {
	bool open;         /* more may follow */
	char size[12];     /* of the chunk in the body: "1f40\r\n" */
	const char *after; /* what follows the chunk */
	struct turn *turn; /* to be taken when the body has left; NULL: none */
	bool counted;      /* among the client's streams */
	bool ending;       /* `rest` is its end, and follows when the body has left */
	struct buffer rest;
	struct encoder *encoder;
	size_t encoded; /* bytes of a document that is no stream */
};

struct response;

/* A request and its answer: what the connection keeps in order. */
struct exchange {
	struct alm_request request;  /* first: one is cast to the other */
	struct exchange *next;       /* of the connection, or of the loop's spares */
	struct buffer head;          /* status line and headers */
	struct buffer body;          /* empty for HEAD */
	const struct response *kept; /* held; its body is the answer's, instead of that */
	bool keep_alive;             /* the connection may go on after this answer */
	bool says_keep_alive;        /* an HTTP/1.0 client wants to hear that it does */
	bool ready;                  /* head and body may leave */
	bool old;                    /* the client speaks HTTP/1.0 */
	bool cut;                    /* the answer has not left whole */
	int status;                  /* of the answer; 0: there is none */
	uint64_t begun;              /* uv_hrtime() when the head had come */
	uint64_t bytes;              /* of head and body */
	struct in6_addr peer;        /* who is at the other end of the connection */
	struct in6_addr client;      /* whoever asks, once it is `known`; of IPv6, its /64 */
	bool known;
	struct claim claim;
	struct stream stream;
	bool finished; /* they have left, or the client has */
};

static inline struct exchange *exchange_of(struct alm_request *request)
{
	return (struct exchange *)request;
}

/* The client whose lines and limits the request belongs to. */
const struct in6_addr *exchange_client(struct exchange *exchange);

/* Takes the turn when its time has come among those of the loop. */
void request_wait(struct alm_request *request, struct turn *turn);

/* A request of this connection, with nothing known of it. */
struct exchange *exchange_create(struct loop *loop, struct connection *connection);

/* The answer has left, or the client has: frees the request now, or as soon as
 * nothing is under way for it. */
void exchange_finish(struct exchange *exchange);

/* Frees the memory that the loop keeps for its next requests, but for `keep` of
 * them. */
void exchange_trim(struct loop *loop, size_t keep);

/* reply_document.c: the chunk in the body of an open stream has left. */
void reply_stream_left(struct exchange *exchange);

/* Finds the route, checks the parameters and calls the plugin, or answers with what
 * is wrong. Method and target are set. */
void request_dispatch(struct alm_request *request);

/* Something is under way for the request, such as a query: it stays, whatever
 * happens. Counted in request->pending. */
void request_hold(struct alm_request *request);

/* The last thing to do when it is through: the request may be gone afterwards. If
 * nothing else is under way and there is no answer, it is a logged 500. */
void request_drop(struct alm_request *request);

#endif
