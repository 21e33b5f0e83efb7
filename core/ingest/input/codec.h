/* The compressions that objects come in: each turns a piece of input into a piece of output.
 * All verify the check sums that their format has. [worker] */
#ifndef ALMANAC_INGEST_INPUT_CODEC_H
#define ALMANAC_INGEST_INPUT_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a piece of input, and of the room for output. */
struct codec_io {
	const char *in;
	size_t in_left;
	char *out;
	size_t out_left;
	bool ended; /* nothing comes after this input */
};

enum codec_result {
	CODEC_BAD = -1,
	CODEC_MORE, /* input or room ran out, or both */
	CODEC_END   /* of a member; another may follow in the same file */
};

struct codec {
	const char *name; /* as magic_name() has it */
	bool padded;      /* zeros may follow the last member */
	void *(*create)(void);
	void (*destroy)(void *state);
	void (*reset)(void *state); /* for another member */
	/* CODEC_BAD: *why says it. */
	enum codec_result (*step)(void *state, struct codec_io *io, const char **why);
};

/* NULL: none has this name. */
const struct codec *codec_find(const char *name);

#endif
