/* Content codings: decoded again by the libraries' own decoders. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "http/encoding.h"

static void negotiates(void **state)
{
	static const struct {
		const char *accept;
		enum encoding encoding;
	} cases[] = {
		{ NULL, ENCODING_IDENTITY },
		{ "", ENCODING_IDENTITY },
		{ "identity", ENCODING_IDENTITY },
		{ "br", ENCODING_IDENTITY },
		{ "gzip", ENCODING_GZIP },
		{ "GZip", ENCODING_GZIP },
		{ "gzip, deflate", ENCODING_GZIP },
		{ "gzip, deflate, br, zstd", ENCODING_ZSTD },
		{ "zstd;q=0.5, gzip", ENCODING_GZIP },
		{ "gzip;q=0", ENCODING_IDENTITY },
		{ "gzip;q=0, *", ENCODING_ZSTD },
		{ "*;q=0", ENCODING_IDENTITY },
		{ "zstd;q=0, *;q=0.1", ENCODING_GZIP },
		{ "x-gzip", ENCODING_IDENTITY },
		{ "deflate ,gzip ; q=0.3", ENCODING_GZIP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(encoding_negotiate(cases[i].accept), cases[i].encoding);
	}
}

/* Rows that are alike, but not the same. */
static char *make_text(size_t length)
{
	char *text = malloc(length + 64);
	unsigned value = 1;

	assert_non_null(text);
	for (size_t at = 0; at < length;) {
		value = value * 1103515245 + 12345;
		at += (size_t)snprintf(text + at, 64, "USC00110072,1985-01-%02u,%u.%u\r\n",
			value >> 16 & 31, value >> 20 & 31, value >> 8 & 7);
	}
	return text;
}

static void encode(enum encoding encoding, const char *text, size_t length, size_t piece,
	struct buffer *out)
{
	struct encoder *encoder = encoder_create(encoding);
	size_t at = 0;

	while (length - at > piece) {
		encoder_feed(encoder, text + at, piece, false, out);
		at += piece;
	}
	encoder_feed(encoder, text + at, length - at, true, out);
	encoder_destroy(encoder);
}

static void decode_gzip(const struct buffer *encoded, Bytef *to, size_t length)
{
	z_stream stream = { .next_in = (Bytef *)encoded->data,
		.avail_in = (uInt)encoded->length,
		.avail_out = (uInt)length + 1 };

	stream.next_out = to;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, length);
	assert_int_equal(stream.avail_in, 0);
	inflateEnd(&stream);
}

static void decode(
	enum encoding encoding, const struct buffer *encoded, char *to, size_t length)
{
	if (encoding == ENCODING_GZIP) {
		decode_gzip(encoded, (Bytef *)to, length);
	} else {
		ZSTD_DCtx *zstd = ZSTD_createDCtx();
		ZSTD_inBuffer input = { encoded->data, encoded->length, 0 };
		ZSTD_outBuffer output = { to, length + 1, 0 };

		assert_int_equal(ZSTD_decompressStream(zstd, &output, &input), 0);
		assert_int_equal(output.pos, length);
		ZSTD_freeDCtx(zstd);
	}
}

static void comes_back(void **state)
{
	static const size_t lengths[] = { 0, 1, 1000, 70000, 300000 };
	static const size_t pieces[] = { 1, 7, 4096, 1 << 20 };
	char *back = malloc(300001);

	(void)state;
	assert_non_null(back);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *text = make_text(lengths[i]);

		for (size_t p = lengths[i] > 70000 ? 2 : 0; p < 4; p++) {
			for (enum encoding e = ENCODING_GZIP; e <= ENCODING_ZSTD; e++) {
				struct buffer out = { 0 };

				encode(e, text, lengths[i], pieces[p], &out);
				assert_true(lengths[i] < 1000 || out.length < lengths[i] / 2);
				decode(e, &out, back, lengths[i]);
				assert_memory_equal(back, text, lengths[i]);
				buffer_finish(&out);
			}
		}
		free(text);
	}
	free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiates),
		cmocka_unit_test(comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
