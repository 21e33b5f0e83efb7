/* Replies with documents of routes: links, validators and content coding in the head; the body
 * whole or chunk by chunk. All [loop]. */
#ifndef ALMANAC_DOCUMENT_REPLY_DOCUMENT_H
#define ALMANAC_DOCUMENT_REPLY_DOCUMENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "format/format.h"
#include "schedule/run_queue.h"

struct alm_request;
struct exchange;

/* Encodes a slice of a document in the negotiated coding. True: all is encoded, and in `body`.
 */
bool reply_encode(struct alm_request *request, struct buffer *body);

/* Replies with a whole document, encoded, which is taken over. */
void reply_document(struct alm_request *request, const char *media_type,
	const struct envelope *envelope, struct buffer *body);

/* Replies 304 (RFC 9110, 15.4.5). */
void reply_not_modified(struct alm_request *request);

/* -- Streams ------------------------------------------------------------ */

/* Sends the head of a document whose length is not known yet. False: the client has too many
 * streams, or has the document; replied. */
bool reply_stream_begin(
	struct alm_request *request, const char *media_type, const struct envelope *envelope);

/* Sends the bytes of `rows`, which is empty afterwards. False: the chunk before is still being
 * sent, and nothing is done; the task is queued when it is sent or the client has gone. */
bool reply_stream_write(struct alm_request *request, struct buffer *rows, struct task *task);

/* Sends the last rows. */
void reply_stream_end(struct alm_request *request, struct buffer *rows);

/* Continues after the chunk in the body of an open stream was sent. */
void reply_chunk_sent(struct exchange *exchange);

/* Whether an answer is being sent whose end is not written yet. */
bool reply_is_streaming(struct alm_request *request);

/* Cuts off an answer that is being sent, so that the client knows that it is incomplete, and
 * logs why. */
void reply_cut(struct alm_request *request, const char *why);

#endif
