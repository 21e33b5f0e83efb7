/* A parcel: what one input object said, on its way from the worker that read it to
 * the writer that stores it. An object too big to be held whole comes in several
 * parcels, in order. */
#ifndef ALMANAC_INGEST_PARSE_BATCH_H
#define ALMANAC_INGEST_PARSE_BATCH_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "catalog/block.h"

enum {
	STATION_ID_MAX = 32,      /* characters of a station id */
	ELEMENT_CODE_MAX = 8,     /* characters of an element code */
	REJECT_CONTENT_MAX = 200, /* bytes of a rejected line that are kept */
	BATCH_YEAR_MIN = 1700,    /* observations outside these years are rejected */
	BATCH_YEAR_MAX = 2199
};

enum flag_kind { FLAG_MEASUREMENT, FLAG_QUALITY, FLAG_SOURCE, FLAG_KINDS };

/* One year of one element of one station, as far as the object reports it. */
struct batch_block {
	int year;
	const struct alm_element *element; /* the source plugin's, lives for ever */
	int32_t values[BLOCK_DAYS_MAX];    /* by day of year; BLOCK_MISSING and the like */
	char *flags[FLAG_KINDS]; /* BLOCK_DAYS_MAX characters, ' ' for none; NULL: all blank */
	uint16_t *times; /* BLOCK_DAYS_MAX times of observation, as ALM_TIME(); NULL: all 0 */
};

struct origin;

struct batch_station {
	const char *id;
	struct batch_block **blocks; /* by year, then element code; no pair twice */
	size_t block_count;
};

/* A line that was rejected, or values of one that counts otherwise. */
struct batch_reject {
	int64_t line; /* from 1, no line twice; 0: the object, not a line of it */
	const char *reason;
	const char *content; /* the line's first REJECT_CONTENT_MAX bytes, printable UTF-8 */
};

enum batch_outcome {
	BATCH_TAKEN,   /* read to its end */
	BATCH_SKIPPED, /* known already, by size, hash, source and source version */
	BATCH_FAILED   /* `error` says why; nothing of it may be stored */
};

struct batch {
	/* The object. Known in every parcel but for what says "last". */
	const char *uri; /* absolute path, archive!member, or -:NAME for standard input */
	bool first, last;
	bool read; /* the object has been read to its end: what follows cannot fail it */
	enum batch_outcome outcome; /* last; BATCH_TAKEN before */
	int64_t size;               /* last: bytes as stored; of an archive's member, after
				     * decompression */
	char hash[33];              /* last: XXH3-128 of them, hexadecimal; "" if it failed */
	const char *source;         /* plugin source name and plugin version; NULL if none
				     * was found */
	const char *source_version;
	/* Last: of the whole object. Entries of `rejects` in all its parcels; of these, lines
	 * that were rejected; values that were, of lines that were not. */
	int64_t lines, observations, reject_count, rejected_lines, rejected_values;
	int64_t members;       /* of an archive's own parcel (source "archive"), which follows
				* those of its members: files taken in or skipped */
	bool whole;            /* blocks are given whole */
	bool unread;           /* last: the source knows it and does not read it */
	bool read_through;     /* last, of an archive: whatever is in it has been seen */
	const char *selection; /* what is selected of the object; NULL: all */
	const char *etag;      /* last: what the bucket or server calls it; NULL: nothing */
	struct error error;

	/* What this parcel carries. */
	struct batch_station *stations; /* by id */
	size_t station_count;
	struct alm_station *descriptions; /* by id; no id twice: the last one counts */
	size_t description_count;
	struct batch_reject *rejects; /* by line */
	size_t rejects_held;

	/* Set by the writer. */
	const struct origin *origin; /* NULL: nothing is to be stored */
	bool adds; /* what it says is beside what the object said before, not instead */

	size_t memory;      /* bytes, for the queue's budget */
	struct arena arena; /* owns all of the above */
};

/* Source of an archive's own parcel and ledger entry. */
#define BATCH_ARCHIVE "archive"

/* Source of what has no byte, of which there is nothing to be read; its version says what
 * became of what was there before. */
#define BATCH_EMPTY "empty"
#define BATCH_EMPTY_STAYS "1"
#define BATCH_EMPTY_GOES "2"

struct batch *batch_create(void);
void batch_destroy(struct batch *batch); /* NULL is fine */

/* The only parcel of an object: its first and last, without anything in it yet. */
struct batch *batch_make(const char *uri, enum batch_outcome outcome);
struct batch *batch_make_failed(const char *uri, const struct error *err);

/* What is known already. */
struct ledger_entry;
struct batch *batch_make_skipped(const struct ledger_entry *entry);

/* What another shard has: the report counts nothing of it. */
struct batch *batch_make_others(const char *uri);

/* Turns a parcel into one of an object that failed: nothing of it may be stored. */
void batch_fail(struct batch *batch, const struct error *err);

/* Writes all its texts of others in ASCII: what is beyond it becomes \xNN. */
void batch_make_ascii(struct batch *batch);

/* NULL or "": none; nor is one that is more than ASCII, which not every database
 * can store. */
void batch_put_etag(struct batch *batch, const char *etag);

#endif
