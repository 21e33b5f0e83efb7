/* Good answers of routes: with what their rows need in the head - links, totals, validators,
 * content coding - whole or chunk by chunk. All [loop]. */
#ifndef ALMANAC_DOCUMENT_REPLY_DOCUMENT_H
#define ALMANAC_DOCUMENT_REPLY_DOCUMENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "format/format.h"
#include "schedule/run_queue.h"

struct alm_request;
struct exchange;

/* Encodes a piece of a document as the client likes it; a short one whole. True: that was all
 * of it, and it is in `body`. */
bool reply_encode(struct alm_request *request, struct buffer *body);

/* A whole document, encoded, which is taken over. */
void reply_document(struct alm_request *request, const char *media_type,
	const struct envelope *envelope, struct buffer *body);

/* The same resource as the client has (RFC 9110, 15.4.5). */
void reply_not_modified(struct alm_request *request);

/* -- Streams ------------------------------------------------------------ */

/* Sends the head of a document whose end is not known yet. False: the client cannot be sent
 * one; replied. */
bool reply_stream_begin(
	struct alm_request *request, const char *media_type, const struct envelope *envelope);

/* Sends what is in `rows`, which is empty afterwards. False: the client has not taken what
 * came before; nothing is sent, and `turn` is taken once it has, or has gone. */
bool reply_stream_write(struct alm_request *request, struct buffer *rows, struct task *task);

/* The same with the last rows. */
void reply_stream_end(struct alm_request *request, struct buffer *rows);

/* The chunk in the body of an open stream has left. */
void reply_chunk_sent(struct exchange *exchange);

/* Whether an answer has begun to leave whose end has not. */
bool reply_is_streaming(struct alm_request *request);

/* Ends what has begun to leave without its end, so that the client knows that it has not got
 * all, and logs why. */
void reply_cut(struct alm_request *request, const char *why);

#endif
