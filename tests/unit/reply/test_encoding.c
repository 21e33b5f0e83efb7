/* Content codings: decoded again by the libraries' own decoders. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "reply/encoding.h"

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
		{ "*;q=0", ENCODING_IDENTITY },
		{ "deflate ,gzip ; q=0.3", ENCODING_GZIP },
		{ "gzip\t;\tq=0.3\t, deflate", ENCODING_GZIP },
		/* "*" brings nothing to a client that may not know it */
		{ "*", ENCODING_IDENTITY },
		{ "br, *", ENCODING_IDENTITY },
		{ "*;q=0.1", ENCODING_IDENTITY },
		{ "gzip;q=0, *", ENCODING_IDENTITY },
		{ "zstd;q=0, *;q=0.1", ENCODING_IDENTITY },
		{ "gzip, *", ENCODING_GZIP },
		{ "gzip;q=0.5, *;q=0", ENCODING_GZIP },
		/* RFC 9110, 8.4.1.3 */
		{ "x-gzip", ENCODING_GZIP },
		{ "X-GZIP;q=0.5", ENCODING_GZIP },
		{ "x-gzip;q=0", ENCODING_IDENTITY },
		/* identity is preferred */
		{ "identity;q=0.5, gzip;q=0.1", ENCODING_IDENTITY },
		{ "identity, gzip;q=0.5", ENCODING_IDENTITY },
		{ "identity, zstd;q=0.9, gzip;q=0.8", ENCODING_IDENTITY },
		{ "gzip;q=0.5, *", ENCODING_IDENTITY },
		{ "identity;q=0.5, gzip;q=0.5", ENCODING_GZIP },
		{ "identity;q=0.1, gzip;q=0.5", ENCODING_GZIP },
		/* identity is refused, and nothing else or something else is accepted */
		{ "identity;q=0", ENCODING_IDENTITY },
		{ "identity;q=0, gzip;q=0.001", ENCODING_GZIP },
		{ "identity;q=0, *", ENCODING_GZIP },
		{ "identity;q=0, gzip;q=0, *", ENCODING_IDENTITY },
		{ "*;q=0, zstd", ENCODING_ZSTD },
		/* the weight is none: RFC 9110, 12.4.2 */
		{ "gzip ; q = 0", ENCODING_IDENTITY },
		{ "gzip;q= 0.5", ENCODING_IDENTITY },
		{ "gzip;q=nan", ENCODING_IDENTITY },
		{ "gzip;q=inf", ENCODING_IDENTITY },
		{ "gzip;q=1.5", ENCODING_IDENTITY },
		{ "gzip;q=1.001", ENCODING_IDENTITY },
		{ "gzip;q=-1", ENCODING_IDENTITY },
		{ "gzip;q=0x1", ENCODING_IDENTITY },
		{ "gzip;q=.5", ENCODING_GZIP },
		{ "gzip;q=.", ENCODING_IDENTITY },
		{ "gzip;q=0.1234", ENCODING_IDENTITY },
		{ "gzip;q=", ENCODING_IDENTITY },
		{ "gzip;q", ENCODING_IDENTITY },
		{ "gzip;q=1e0", ENCODING_IDENTITY },
		{ "gzip;q=0.", ENCODING_IDENTITY },
		{ "gzip;q=1.", ENCODING_GZIP },
		{ "gzip;Q=1.000", ENCODING_GZIP },
		{ "gzip;q=0.000", ENCODING_IDENTITY },
		{ "gzip;q=2, zstd;q=0.1", ENCODING_ZSTD },
		/* said twice */
		{ "gzip, gzip;q=0", ENCODING_IDENTITY },
		{ "gzip;q=0, gzip", ENCODING_IDENTITY },
		{ "gzip, x-gzip;q=0", ENCODING_IDENTITY },
		{ "zstd;q=0.9, gzip, zstd;q=0.1", ENCODING_GZIP },
		/* other names */
		{ "gzipped", ENCODING_IDENTITY },
		{ "gzi", ENCODING_IDENTITY },
		{ "gzip deflate", ENCODING_IDENTITY },
		{ ",, gzip,", ENCODING_GZIP },
		{ "gzip;level=9", ENCODING_GZIP },
		{ "br;x=\"gzip, \\\" zstd\", deflate", ENCODING_IDENTITY },
		{ "br;x=\"gzip", ENCODING_IDENTITY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum encoding encoding = encoding_negotiate(cases[i].accept, ENCODING_ZSTD);

		if (encoding != cases[i].encoding) {
			fail_msg("%s: %s", cases[i].accept, encoding_name(encoding));
		}
	}
}

/* What there is in gzip alone. */
static void negotiates_gzip(void **state)
{
	(void)state;
	assert_int_equal(encoding_negotiate("zstd, gzip;q=0.5", ENCODING_GZIP), ENCODING_GZIP);
	assert_int_equal(encoding_negotiate("zstd", ENCODING_GZIP), ENCODING_IDENTITY);
	assert_int_equal(encoding_negotiate("*", ENCODING_GZIP), ENCODING_IDENTITY);
}

static void knows_what_is_accepted(void **state)
{
	(void)state;
	assert_true(encoding_is_accepted(NULL, ENCODING_IDENTITY));
	assert_false(encoding_is_accepted(NULL, ENCODING_GZIP));
	assert_true(encoding_is_accepted("identity, gzip;q=0.5", ENCODING_GZIP));
	assert_false(encoding_is_accepted("identity, gzip;q=0.5", ENCODING_ZSTD));
	assert_false(encoding_is_accepted("gzip;q=0", ENCODING_GZIP));
	assert_false(encoding_is_accepted("*", ENCODING_ZSTD));
	assert_true(encoding_is_accepted("gzip;q=0", ENCODING_IDENTITY));
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
		cmocka_unit_test(negotiates_gzip),
		cmocka_unit_test(knows_what_is_accepted),
		cmocka_unit_test(comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
