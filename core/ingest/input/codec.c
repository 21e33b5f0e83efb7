#include "ingest/input/codec.h"

#include <bzlib.h>
#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

/* Memory that a file may make a decoder take: xz -9 needs 65 MiB, zstd --ultra 128 MiB. */
enum { WINDOW_LOG = 27, XZ_MEMORY = 256 * 1024 * 1024 };

/* Of no use without memory, as memory_array() is. */
static void must(bool made)
{
	if (!made) {
		abort();
	}
}

static unsigned limit(size_t length)
{
	return length < INT_MAX ? (unsigned)length : INT_MAX;
}

/* -- gzip (RFC 1952) ---------------------------------------------------- */

enum { GZIP_ONLY = 15 + 16 /* inflateInit2(): largest window, gzip header and trailer */ };

static void *gzip_create(void)
{
	z_stream *stream = memory_new(z_stream);

	must(inflateInit2(stream, GZIP_ONLY) == Z_OK);
	return stream;
}

static void gzip_destroy(void *state)
{
	inflateEnd(state);
	free(state);
}

static void gzip_reset(void *state)
{
	inflateReset(state);
}

static enum codec_result gzip_step(void *state, struct codec_io *io, const char **why)
{
	z_stream *stream = state;
	unsigned in = limit(io->in_left), out = limit(io->out_left);
	int result;

	stream->next_in = (z_const Bytef *)(uintptr_t)io->in;
	stream->avail_in = in;
	stream->next_out = (Bytef *)io->out;
	stream->avail_out = out;
	result = inflate(stream, Z_NO_FLUSH);
	io->in += in - stream->avail_in;
	io->in_left -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_left -= out - stream->avail_out;
	if (result == Z_STREAM_END) {
		return CODEC_END;
	}
	if (result == Z_OK || result == Z_BUF_ERROR) {
		return CODEC_MORE;
	}
	*why = stream->msg != NULL ? stream->msg : zError(result);
	return CODEC_BAD;
}

/* -- bzip2 -------------------------------------------------------------- */

static void *bzip2_create(void)
{
	bz_stream *stream = memory_new(bz_stream);

	must(BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK);
	return stream;
}

static void bzip2_destroy(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static void bzip2_reset(void *state)
{
	BZ2_bzDecompressEnd(state);
	memset(state, 0, sizeof(bz_stream));
	must(BZ2_bzDecompressInit(state, 0, 0) == BZ_OK);
}

static enum codec_result bzip2_step(void *state, struct codec_io *io, const char **why)
{
	bz_stream *stream = state;
	unsigned in = limit(io->in_left), out = limit(io->out_left);
	int result;

	stream->next_in = (char *)(uintptr_t)io->in;
	stream->avail_in = in;
	stream->next_out = io->out;
	stream->avail_out = out;
	result = BZ2_bzDecompress(stream);
	io->in += in - stream->avail_in;
	io->in_left -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_left -= out - stream->avail_out;
	if (result == BZ_STREAM_END) {
		return CODEC_END;
	}
	if (result == BZ_OK) {
		return CODEC_MORE;
	}
	*why = result == BZ_DATA_ERROR_MAGIC ? "they do not begin as such data do"
	       : result == BZ_MEM_ERROR      ? "there is not enough memory"
					     : "a check sum is wrong";
	return CODEC_BAD;
}

/* -- xz ----------------------------------------------------------------- */

/* All streams of a file and the zeros between them are one member here: liblzma knows what may
 * follow what. */
static void xz_begin(lzma_stream *stream)
{
	lzma_ret result = lzma_stream_decoder(stream, XZ_MEMORY, LZMA_CONCATENATED);

	must(result == LZMA_OK);
}

static void *xz_create(void)
{
	lzma_stream *stream = memory_new(lzma_stream);

	*stream = (lzma_stream)LZMA_STREAM_INIT;
	xz_begin(stream);
	return stream;
}

static void xz_destroy(void *state)
{
	lzma_end(state);
	free(state);
}

static void xz_reset(void *state)
{
	xz_begin(state);
}

static const char *explain_xz(lzma_ret result)
{
	switch (result) {
	case LZMA_FORMAT_ERROR:
		return "they do not begin as such data do";
	case LZMA_MEMLIMIT_ERROR:
		return "more than 256 MiB of memory would be needed for them";
	case LZMA_OPTIONS_ERROR:
		return "they are of a kind that is not known";
	case LZMA_MEM_ERROR:
		return "there is not enough memory";
	default:
		return "a check sum or a length is wrong";
	}
}

static enum codec_result xz_step(void *state, struct codec_io *io, const char **why)
{
	lzma_stream *stream = state;
	lzma_ret result;

	stream->next_in = (const uint8_t *)io->in;
	stream->avail_in = io->in_left;
	stream->next_out = (uint8_t *)io->out;
	stream->avail_out = io->out_left;
	result = lzma_code(stream, io->ended ? LZMA_FINISH : LZMA_RUN);
	io->in += io->in_left - stream->avail_in;
	io->in_left = stream->avail_in;
	io->out += io->out_left - stream->avail_out;
	io->out_left = stream->avail_out;
	if (result == LZMA_STREAM_END) {
		return CODEC_END;
	}
	if (result == LZMA_OK || result == LZMA_BUF_ERROR) {
		return CODEC_MORE;
	}
	*why = explain_xz(result);
	return CODEC_BAD;
}

/* -- zstd (RFC 8878) ---------------------------------------------------- */

static void *zstd_create(void)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();

	must(context != NULL);
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
	return context;
}

static void zstd_destroy(void *state)
{
	ZSTD_freeDCtx(state);
}

static void zstd_reset(void *state)
{
	ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
}

static enum codec_result zstd_step(void *state, struct codec_io *io, const char **why)
{
	ZSTD_inBuffer in = { io->in, io->in_left, 0 };
	ZSTD_outBuffer out = { io->out, io->out_left, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += out.pos;
	io->out_left -= out.pos;
	if (ZSTD_isError(result)) {
		*why = ZSTD_getErrorName(result);
		return CODEC_BAD;
	}
	return result == 0 ? CODEC_END : CODEC_MORE;
}

/* -- LZ4 (frames) ------------------------------------------------------- */

static void *lz4_create(void)
{
	LZ4F_dctx *context = NULL;

	must(!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
	return context;
}

static void lz4_destroy(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

static void lz4_reset(void *state)
{
	LZ4F_resetDecompressionContext(state);
}

static enum codec_result lz4_step(void *state, struct codec_io *io, const char **why)
{
	size_t in = io->in_left, out = io->out_left;
	size_t result = LZ4F_decompress(state, io->out, &out, io->in, &in, NULL);

	if (LZ4F_isError(result)) {
		*why = LZ4F_getErrorName(result);
		return CODEC_BAD;
	}
	io->in += in;
	io->in_left -= in;
	io->out += out;
	io->out_left -= out;
	return result == 0 ? CODEC_END : CODEC_MORE;
}

/* ----------------------------------------------------------------------- */

static const struct codec codecs[] = {
	{ "gzip", true, gzip_create, gzip_destroy, gzip_reset, gzip_step },
	{ "bzip2", false, bzip2_create, bzip2_destroy, bzip2_reset, bzip2_step },
	{ "xz", false, xz_create, xz_destroy, xz_reset, xz_step },
	{ "zstd", false, zstd_create, zstd_destroy, zstd_reset, zstd_step },
	{ "lz4", false, lz4_create, lz4_destroy, lz4_reset, lz4_step },
};

const struct codec *codec_find(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (strcmp(codecs[i].name, name) == 0) {
			return &codecs[i];
		}
	}
	return NULL;
}
