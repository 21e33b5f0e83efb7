#include "reply/encoding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"
#include "reply/weights.h"

enum {
	WORTH_MIN = 1024, /* bytes: a packet or so */
	GZIP_LEVEL = 1,   /* rows are so alike that more effort gains little */
	ZSTD_LEVEL = 1,
	ZSTD_WINDOW_LOG = 17,
	GZIP_WINDOW_BITS = 15 + 16, /* 16: gzip, not zlib */
	MEMORY_LEVEL = 8,
	ROOM = 16 * 1024 /* of output taken at once */
};

struct encoder {
	enum encoding encoding;
	z_stream gzip;
	ZSTD_CCtx *zstd;
};

/* -- Negotiation -------------------------------------------------------- */

static const char *const names[ENCODINGS] = {
	[ENCODING_IDENTITY] = "identity", [ENCODING_GZIP] = "gzip", [ENCODING_ZSTD] = "zstd"
};

const char *encoding_name(enum encoding encoding)
{
	return names[encoding];
}

enum { UNSAID = -1 };

/* Weights that the client gives. */
struct wishes {
	int named[ENCODINGS];
	int others; /* "*" */
};

/* Of what is said twice, the lesser counts: nothing is sent that may be refused. */
static void lower(int *weight, int said)
{
	if (*weight == UNSAID || said < *weight) {
		*weight = said;
	}
}

static struct wishes read_wishes(const char *accept)
{
	struct wishes wishes = { { UNSAID, UNSAID, UNSAID }, UNSAID };
	struct weighted item;

	while (weights_next(&accept, &item)) {
		if (weighted_is(&item, "*")) {
			lower(&wishes.others, item.weight);
		}
		if (weighted_is(&item, "x-gzip")) {
			lower(&wishes.named[ENCODING_GZIP], item.weight);
		}
		for (enum encoding e = 0; e < ENCODINGS; e++) {
			if (weighted_is(&item, names[e])) {
				lower(&wishes.named[e], item.weight);
			}
		}
	}
	return wishes;
}

static int weight_of_identity(const struct wishes *wishes)
{
	return wishes->named[ENCODING_IDENTITY] != UNSAID ? wishes->named[ENCODING_IDENTITY]
							  : wishes->others;
}

/* UNSAID or 0: not acceptable. A client that writes "*" need not know what there is, so it
 * brings nothing that is not named; gzip, which all know, if it is not to be identity. */
static int weight_of(const struct wishes *wishes, enum encoding encoding)
{
	int weight = wishes->named[encoding];

	if (weight == UNSAID && encoding == ENCODING_GZIP &&
		wishes->named[ENCODING_IDENTITY] == 0) {
		return wishes->others;
	}
	return weight;
}

bool encoding_is_accepted(const char *accept, enum encoding encoding)
{
	struct wishes wishes;

	if (accept == NULL || encoding == ENCODING_IDENTITY) {
		return encoding == ENCODING_IDENTITY;
	}
	wishes = read_wishes(accept);
	return weight_of(&wishes, encoding) > 0;
}

enum encoding encoding_negotiate(const char *accept, enum encoding most)
{
	enum encoding best = ENCODING_IDENTITY;
	struct wishes wishes;
	int weight;

	if (accept == NULL) {
		return best;
	}
	wishes = read_wishes(accept);
	weight = weight_of_identity(&wishes);
	for (enum encoding e = ENCODING_GZIP; e <= most; e++) {
		if (weight_of(&wishes, e) > 0 && weight_of(&wishes, e) >= weight) {
			best = e;
			weight = weight_of(&wishes, e);
		}
	}
	return best;
}

bool encoding_worth(size_t length)
{
	return length >= WORTH_MIN;
}

/* -- Encoding ----------------------------------------------------------- */

struct encoder *encoder_create(enum encoding encoding)
{
	struct encoder *encoder = memory_new(struct encoder);

	encoder->encoding = encoding;
	if (encoding == ENCODING_GZIP) {
		int status = deflateInit2(&encoder->gzip, GZIP_LEVEL, Z_DEFLATED,
			GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);

		assert(status == Z_OK);
	} else {
		encoder->zstd = ZSTD_createCCtx();
		assert(encoder->zstd != NULL);
		ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
	}
	return encoder;
}

void encoder_destroy(struct encoder *encoder)
{
	if (encoder == NULL) {
		return;
	}
	if (encoder->encoding == ENCODING_GZIP) {
		deflateEnd(&encoder->gzip);
	}
	ZSTD_freeCCtx(encoder->zstd);
	free(encoder);
}

static void feed_gzip(
	z_stream *gzip, const char *bytes, size_t length, bool last, struct buffer *out)
{
	union {
		const char *from;
		Bytef *to;
	} input = { .from = bytes };
	int status;

	gzip->next_in = input.to;
	gzip->avail_in = (uInt)length;
	do {
		gzip->next_out = (Bytef *)buffer_reserve(out, ROOM);
		gzip->avail_out = ROOM;
		status = deflate(gzip, last ? Z_FINISH : Z_NO_FLUSH);
		assert(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
		out->length += ROOM - gzip->avail_out;
	} while (gzip->avail_out == 0);
}

static void feed_zstd(
	ZSTD_CCtx *zstd, const char *bytes, size_t length, bool last, struct buffer *out)
{
	ZSTD_inBuffer input = { bytes, length, 0 };
	size_t left;

	do {
		ZSTD_outBuffer output = { buffer_reserve(out, ROOM), ROOM, 0 };

		left = ZSTD_compressStream2(
			zstd, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
		assert(!ZSTD_isError(left));
		out->length += output.pos;
	} while (last ? left > 0 : input.pos < input.size);
}

void encoder_feed(struct encoder *encoder, const char *bytes, size_t length, bool last,
	struct buffer *out)
{
	if (encoder->encoding == ENCODING_GZIP) {
		feed_gzip(&encoder->gzip, bytes, length, last, out);
	} else {
		feed_zstd(encoder->zstd, bytes, length, last, out);
	}
}

void encoding_encode(enum encoding encoding, struct buffer *body)
{
	struct encoder *encoder = encoder_create(encoding);
	struct buffer encoded = { 0 };

	encoder_feed(encoder, body->data, body->length, true, &encoded);
	encoder_destroy(encoder);
	buffer_finish(body);
	*body = encoded;
}
