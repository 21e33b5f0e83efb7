#include "ingest/input/layers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/input/decode.h"
#include "ingest/input/magic.h"

enum {
	MEBI = 1024 * 1024,
	LAYERS_MAX = 4,
	HEAD = 512 /* bytes that identify the next one, see magic.c */
};

/* Small files may be very compressible. */
static const int64_t EXPANSION_FROM = (int64_t)64 * MEBI;

struct layer {
	struct layers *layers;
	struct decode *decode;
	int64_t bytes_out; /* decompressed bytes */
	char head[HEAD];
	size_t head_length, head_read;
};

struct layers {
	struct stream *stream;
	struct expansion_limits limits;
	unsigned count;
	struct layer list[LAYERS_MAX]; /* the outermost first */
	const char *magic;             /* of the content */
};

/* -- Limits ------------------------------------------------------------- */

int expansion_check(const struct expansion_limits *limits, const struct stream *stream,
	int64_t bytes, struct error *err)
{
	int64_t size = stream_size(stream);

	size = size > 0 ? size : stream_offset(stream);
	if (bytes > limits->bytes) {
		error_set(err, "it expands to more than %lld MiB",
			(long long)(limits->bytes / MEBI));
		return error_hint(err, "if it is meant to, raise --max-expanded-mib");
	}
	if (bytes > EXPANSION_FROM && bytes / limits->expansion > size) {
		error_set(err, "it expands to more than %lld times its size",
			(long long)limits->expansion);
		return error_hint(err, "if it is meant to, raise --max-expansion");
	}
	return 0;
}

/* -- One layer ---------------------------------------------------------- */

static ssize_t read_decoded(struct layer *layer, char *to, size_t room, struct error *err)
{
	const struct layers *layers = layer->layers;
	ssize_t n = decode_read(layer->decode, to, room, err);

	layer->bytes_out += n > 0 ? n : 0;
	if (n > 0 &&
		expansion_check(&layers->limits, layers->stream, layer->bytes_out, err) < 0) {
		return -1;
	}
	return n;
}

/* Reads decompressed bytes, the head first, which was read before. */
static ssize_t read_layer(void *arg, char *to, size_t room, struct error *err)
{
	struct layer *layer = arg;
	size_t left = layer->head_length - layer->head_read;
	size_t n = left < room ? left : room;

	if (left == 0) {
		return read_decoded(layer, to, room, err);
	}
	memcpy(to, layer->head + layer->head_read, n);
	layer->head_read += n;
	return (ssize_t)n;
}

static int read_head(struct layer *layer, struct error *err)
{
	ssize_t n = 1;

	while (n > 0 && layer->head_length < HEAD) {
		n = read_decoded(layer, layer->head + layer->head_length,
			HEAD - layer->head_length, err);
		layer->head_length += n > 0 ? (size_t)n : 0;
	}
	return n < 0 ? -1 : 0;
}

/* -- All layers --------------------------------------------------------- */

/* Adds the layer of `layers->magic` and identifies its content. */
static int add_layer(struct layers *layers, struct error *err)
{
	struct layer *layer = &layers->list[layers->count];

	if (layers->count == LAYERS_MAX) {
		error_set(err, "it is compressed more than %d times over", LAYERS_MAX);
		return error_hint(err, "decompress it first");
	}
	layer->layers = layers;
	layer->decode = layers->count == 0
				? decode_create(layers->magic, stream_read, layers->stream)
				: decode_create(layers->magic, read_layer, layer - 1);
	layers->count++;
	if (read_head(layer, err) < 0) {
		return -1;
	}
	layers->magic = magic_name(layer->head, layer->head_length);
	return 0;
}

struct layers *layers_open(
	struct stream *stream, const struct expansion_limits *limits, struct error *err)
{
	struct layers *layers = memory_new(struct layers);
	size_t length;
	const char *head = stream_head(stream, &length);

	layers->stream = stream;
	layers->limits = *limits;
	layers->magic = magic_name(head, length);
	while (decode_knows(layers->magic)) {
		if (add_layer(layers, err) < 0) {
			layers_close(layers);
			return NULL;
		}
	}
	return layers;
}

void layers_close(struct layers *layers)
{
	if (layers != NULL) {
		for (unsigned i = 0; i < layers->count; i++) {
			decode_destroy(layers->list[i].decode);
		}
		free(layers);
	}
}

unsigned layers_count(const struct layers *layers)
{
	return layers->count;
}

const char *layers_magic(const struct layers *layers)
{
	return layers->magic;
}

ssize_t layers_read(void *arg, char *to, size_t room, struct error *err)
{
	struct layers *layers = arg;

	return layers->count == 0 ? stream_read(layers->stream, to, room, err)
				  : read_layer(&layers->list[layers->count - 1], to, room, err);
}
