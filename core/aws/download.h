/* Downloads: the bytes of an object behind a URL, in order, fetched as concurrent ranges, each
 * repeated after transient failures. Another version than the one it was opened with is an
 * error. */
#ifndef ALMANAC_AWS_DOWNLOAD_H
#define ALMANAC_AWS_DOWNLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "aws/aws.h"
#include "base/error.h"

/* The object. Must live as long as the download. */
struct download_source {
	const char *url;
	const char *etag;   /* strong, with its quotes; "": none */
	const char *region; /* of S3; NULL: not signed */
	bool s3;            /* error answers have the format of S3 */
	int64_t size;       /* bytes */
	int64_t spool_max;  /* bytes that download_spool() may keep */
};

/* Requests the metadata of a URL that is not of S3: its strong etag (DOWNLOAD_ETAG_MAX bytes;
 * "": none), *size (-1: not known) and *ranges. Blocks, until `stop` (NULL: never) is set:
 * "interrupted". */
enum { DOWNLOAD_ETAG_MAX = 256 };
int download_head(const char *url, const atomic_bool *stop, char *etag, int64_t *size,
	bool *ranges, struct error *err);

/* Connections of one thread, kept open between downloads. [worker] */
struct downloader;
struct downloader *downloader_create(struct aws *aws, const atomic_bool *stop);
void downloader_destroy(struct downloader *downloader); /* NULL is fine */

/* Opens a download, one at a time of each downloader. Requests nothing yet. */
struct download;
struct download *download_open(
	struct downloader *downloader, const struct download_source *source);
void download_close(struct download *download); /* NULL is fine */

/* Reads up to `room` bytes at an offset; sequential reads are fast. 0 at the end, -1 on error.
 */
ssize_t download_read(
	struct download *download, char *to, size_t room, int64_t offset, struct error *err);

/* Whether the server answered with another version, or with the whole object instead of a
 * range. Servers behind one name may differ. */
bool download_is_contradicted(const struct download *download);

/* Downloads the whole object to an unnamed file in TMPDIR (/tmp), for a server whose ranges
 * cannot be tied to one version. The etag and size of `source` may be unknown; `etag`
 * (DOWNLOAD_ETAG_MAX) gets the strong tag of the bytes, "" if there is none or completeness
 * cannot be known. Returns a descriptor, the caller's to close, or -1, also above `spool_max`.
 * Blocks. */
int download_spool(const struct download_source *source, const atomic_bool *stop, char *etag,
	struct error *err);

#endif
