/* The bytes of an object behind a URL, in order: fetched in parts, several at a time, each of
 * them tried again if it fails. What is not the version it was opened as is an error. */
#ifndef ALMANAC_AWS_DOWNLOAD_H
#define ALMANAC_AWS_DOWNLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "aws/aws.h"
#include "base/error.h"

/* What is to be read; must live as long as the download. */
struct download_source {
	const char *url;
	const char *etag;   /* strong, with its quotes; "": none */
	const char *region; /* of S3; NULL: not signed */
	bool s3;            /* and speaks as S3 does */
	int64_t size;       /* bytes */
	int64_t spool_max;  /* bytes that download_spool() may keep */
};

/* Looks at a URL that is not of S3: fills etag (ETAG_MAX bytes; "": none that is strong), *size
 * (-1: the server does not say), *ranges. Blocks, until `stop` (NULL: never): "interrupted". */
enum { DOWNLOAD_ETAG_MAX = 256 };
int download_look(const char *url, const atomic_bool *stop, char *etag, int64_t *size,
	bool *ranges, struct error *err);

/* Connections of one thread, which stay open from one download to the next. [worker] */
struct downloader;
struct downloader *downloader_create(struct aws *aws, const atomic_bool *stop);
void downloader_destroy(struct downloader *downloader); /* NULL is fine */

/* One at a time of each downloader. Nothing is asked for yet. */
struct download;
struct download *download_open(
	struct downloader *downloader, const struct download_source *source);
void download_close(struct download *download); /* NULL is fine */

/* Reads up to `room` bytes at an offset, which is quick if it is where the last read ended; 0
 * at the end, -1 on error. */
ssize_t download_read(
	struct download *download, char *to, size_t room, int64_t offset, struct error *err);

/* Whether the server has answered with another version than it was opened as, or with all of it
 * where a part was asked for. Servers of one name need not agree. */
bool download_is_contradicted(const struct download *download);

/* All of it, in a file of /tmp (TMPDIR) that has no name: for a server of whose parts nothing
 * says that they are of one version. `source` is what download_look() had, where its etag and
 * size (-1) need not be known, nor be those of what comes; `etag` (DOWNLOAD_ETAG_MAX) gets the
 * strong one of that, "" if there is none or nobody knows whether it is all there. Returns a
 * descriptor, the caller's to close, or -1: also if there is more of it than may be kept.
 * Blocks until it is there. */
int download_spool(const struct download_source *source, const atomic_bool *stop, char *etag,
	struct error *err);

#endif
