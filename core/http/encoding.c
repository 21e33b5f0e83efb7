#include "http/encoding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

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

static const char *const names[] = {
	[ENCODING_IDENTITY] = "identity", [ENCODING_GZIP] = "gzip", [ENCODING_ZSTD] = "zstd"
};

const char *encoding_name(enum encoding encoding)
{
	return names[encoding];
}

/* Whether the item, which ends at a comma, begins with the name alone. */
static bool names_item(const char *item, const char *name)
{
	size_t length = strlen(name);

	return strncasecmp(item, name, length) == 0 && strchr(" \t;,", item[length]) != NULL;
}

static double quality_of_item(const char *item)
{
	size_t length = strcspn(item, ",");

	for (const char *p = item + strcspn(item, ";,"); p < item + length;
		p += strcspn(p, ";,")) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, "q=", 2) == 0) {
			return strtod(p + 2, NULL);
		}
	}
	return 1;
}

/* The quality of a coding: its own, or that of "*". */
static double quality_of(const char *accept, const char *name)
{
	double any = 0;

	for (const char *p = accept; *p != '\0'; p += strcspn(p, ",")) {
		p += strspn(p, " \t,");
		if (*p != '\0' && names_item(p, name)) {
			return quality_of_item(p);
		}
		if (*p != '\0' && names_item(p, "*")) {
			any = quality_of_item(p);
		}
	}
	return any;
}

bool encoding_is_accepted(const char *accept, enum encoding encoding)
{
	return accept != NULL && quality_of(accept, names[encoding]) > 0;
}

enum encoding encoding_negotiate(const char *accept)
{
	double gzip, zstd;

	if (accept == NULL) {
		return ENCODING_IDENTITY;
	}
	gzip = quality_of(accept, names[ENCODING_GZIP]);
	zstd = quality_of(accept, names[ENCODING_ZSTD]);
	if (gzip <= 0 && zstd <= 0) {
		return ENCODING_IDENTITY;
	}
	return zstd >= gzip ? ENCODING_ZSTD : ENCODING_GZIP;
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
