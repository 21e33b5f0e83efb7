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

enum { NOT_GIVEN = -1 };

/* Weights in Accept-Encoding. */
struct preferences {
	int named[ENCODINGS];
	int others; /* "*" */
};

/* Sets a weight; of several of one coding the least counts, so that nothing unacceptable is
 * sent. */
static void set_weight(int *weight, int value)
{
	if (*weight == NOT_GIVEN || value < *weight) {
		*weight = value;
	}
}

static struct preferences read_preferences(const char *accept)
{
	struct preferences preferences = { { NOT_GIVEN, NOT_GIVEN, NOT_GIVEN }, NOT_GIVEN };
	struct weighted item;

	while (weights_next(&accept, &item)) {
		if (weighted_is(&item, "*")) {
			set_weight(&preferences.others, item.weight);
		}
		if (weighted_is(&item, "x-gzip")) {
			set_weight(&preferences.named[ENCODING_GZIP], item.weight);
		}
		for (enum encoding e = 0; e < ENCODINGS; e++) {
			if (weighted_is(&item, names[e])) {
				set_weight(&preferences.named[e], item.weight);
			}
		}
	}
	return preferences;
}

static int weight_of_identity(const struct preferences *preferences)
{
	return preferences->named[ENCODING_IDENTITY] != NOT_GIVEN
		       ? preferences->named[ENCODING_IDENTITY]
		       : preferences->others;
}

/* NOT_GIVEN or 0: not acceptable. "*" does not stand for codings that the client may not know,
 * but for gzip if identity is refused. */
static int weight_of(const struct preferences *preferences, enum encoding encoding)
{
	int weight = preferences->named[encoding];

	if (weight == NOT_GIVEN && encoding == ENCODING_GZIP &&
		preferences->named[ENCODING_IDENTITY] == 0) {
		return preferences->others;
	}
	return weight;
}

bool encoding_is_accepted(const char *accept, enum encoding encoding)
{
	struct preferences preferences;

	if (accept == NULL || encoding == ENCODING_IDENTITY) {
		return encoding == ENCODING_IDENTITY;
	}
	preferences = read_preferences(accept);
	return weight_of(&preferences, encoding) > 0;
}

enum encoding encoding_negotiate(const char *accept, enum encoding last)
{
	enum encoding best = ENCODING_IDENTITY;
	struct preferences preferences;
	int weight;

	if (accept == NULL) {
		return best;
	}
	preferences = read_preferences(accept);
	weight = weight_of_identity(&preferences);
	for (enum encoding e = ENCODING_GZIP; e <= last; e++) {
		if (weight_of(&preferences, e) > 0 && weight_of(&preferences, e) >= weight) {
			best = e;
			weight = weight_of(&preferences, e);
		}
	}
	return best;
}

bool encoding_worth(size_t length)
{
	return length >= WORTH_MIN;
}

bool encoding_suits(const char *media_type)
{
	static const char *const parts[] = { "text/", "json", "xml", "javascript", "wasm",
		"font/ttf" };

	for (size_t i = 0; media_type != NULL && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcasestr(media_type, parts[i]) != NULL) {
			return true;
		}
	}
	return false;
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
