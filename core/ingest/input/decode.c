#include "ingest/input/decode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/input/codec.h"
#include "ingest/input/uncompress.h"

enum { CHUNK = 64 * 1024 };

struct decode {
	lines_read_fn *read;
	void *arg;
	const struct codec *codec; /* NULL: it is compress's */
	void *state;
	struct uncompress *uncompress;
	struct codec_io io;
	bool between;    /* a member is complete, the next one has not begun */
	bool given;      /* something of the current member has come out */
	int64_t members; /* that were complete */
	int64_t end;     /* of the last of them, in bytes of the input */
	int64_t taken;   /* bytes of the input that were read */
	char chunk[CHUNK];
};

static const char compress[] = "compress";

bool decode_knows(const char *name)
{
	return name != NULL && (codec_find(name) != NULL || strcmp(name, compress) == 0);
}

struct decode *decode_create(const char *name, lines_read_fn *read, void *arg)
{
	struct decode *decode = memory_new(struct decode);

	decode->read = read;
	decode->arg = arg;
	decode->codec = codec_find(name);
	if (decode->codec != NULL) {
		decode->state = decode->codec->create();
	} else {
		decode->uncompress = uncompress_create(read, arg);
	}
	return decode;
}

void decode_destroy(struct decode *decode)
{
	if (decode == NULL) {
		return;
	}
	if (decode->codec != NULL) {
		decode->codec->destroy(decode->state);
	}
	uncompress_destroy(decode->uncompress);
	free(decode);
}

/* Sees to it that there is input, unless it has ended. */
static int fill(struct decode *decode, struct error *err)
{
	ssize_t n;

	if (decode->io.in_left > 0 || decode->io.ended) {
		return 0;
	}
	n = decode->read(decode->arg, decode->chunk, CHUNK, err);
	if (n < 0) {
		return -1;
	}
	decode->io.ended = n == 0;
	decode->io.in = decode->chunk;
	decode->io.in_left = (size_t)n;
	decode->taken += n;
	return 0;
}

static void skip_zeros(struct codec_io *io)
{
	while (io->in_left > 0 && *io->in == '\0') {
		io->in++;
		io->in_left--;
	}
}

/* Returns 1 if another member follows, or something that has to be one. */
static int next_member(struct decode *decode, struct error *err)
{
	do {
		if (fill(decode, err) < 0) {
			return -1;
		}
		if (decode->codec->padded) {
			skip_zeros(&decode->io);
		}
		if (decode->io.in_left > 0) {
			decode->codec->reset(decode->state);
			decode->between = decode->given = false;
			return 1;
		}
	} while (!decode->io.ended);
	return 0;
}

static int fail_data(const struct decode *decode, const char *why, struct error *err)
{
	const char *name = decode->codec->name;

	if (decode->members > 0 && !decode->given) {
		error_set(err,
			"the %s data end at byte %lld, and what follows is no such data: %s",
			name, (long long)decode->end, why);
		return error_hint(err, "the file is damaged, or something was added to it");
	}
	return error_set(err, "the %s data are corrupt: %s", name, why);
}

static int fail_end(const struct decode *decode, struct error *err)
{
	return error_set(
		err, "the %s data end too early: the file is truncated", decode->codec->name);
}

/* Decodes once. */
static int step(struct decode *decode, struct error *err)
{
	struct codec_io *io = &decode->io;
	size_t in = io->in_left, out = io->out_left;
	const char *why = "";
	enum codec_result result = decode->codec->step(decode->state, io, &why);
	bool stuck = io->in_left == in && io->out_left == out;

	decode->given |= io->out_left < out;
	if (result == CODEC_BAD) {
		return fail_data(decode, why, err);
	}
	if (result == CODEC_END) {
		decode->between = true;
		decode->members++;
		decode->end = decode->taken - (int64_t)io->in_left;
	} else if (stuck && io->ended) {
		return fail_end(decode, err);
	} else if (stuck && in > 0) {
		return fail_data(decode, "they do not go on", err);
	}
	return 0;
}

ssize_t decode_read(void *arg, char *to, size_t room, struct error *err)
{
	struct decode *decode = arg;

	if (decode->uncompress != NULL) {
		return uncompress_read(decode->uncompress, to, room, err);
	}
	decode->io.out = to;
	decode->io.out_left = room;
	while (decode->io.out_left == room) {
		int more = decode->between ? next_member(decode, err) : 1;

		if (more <= 0) {
			return more;
		}
		if (fill(decode, err) < 0 || step(decode, err) < 0) {
			return -1;
		}
	}
	return (ssize_t)(room - decode->io.out_left);
}
