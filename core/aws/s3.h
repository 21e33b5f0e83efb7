/* Amazon S3: URIs, requests, and listings. */
#ifndef ALMANAC_AWS_S3_H
#define ALMANAC_AWS_S3_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/aws.h"
#include "base/buffer.h"
#include "base/error.h"

enum { S3_BUCKET_MAX = 63, S3_REGION_MAX = 64, S3_KEY_MAX = 1024 };

struct transfer;

/* A bucket and the way it is accessed. */
struct s3_bucket {
	struct aws *aws;
	bool unsigned_;          /* requests go unsigned, even if there are credentials */
	const atomic_bool *stop; /* set by [any]: requests fail, "interrupted"; NULL: never */
	char name[S3_BUCKET_MAX + 1];
	char region[S3_REGION_MAX]; /* corrected by the first answer */
};

/* Splits s3://BUCKET/KEY; *key points into the URI, "" if there is no key. */
int s3_parse(const char *uri, struct s3_bucket *bucket, const char **key, struct error *err);

/* Sets *err to the code and message of an error answer. Returns -1. */
int s3_fail(const struct transfer *transfer, struct error *err);

/* Appends the URL of a key ("" for the bucket). */
void s3_put_url(struct buffer *url, const struct s3_bucket *bucket, const char *key);

struct s3_object {
	const char *key;  /* encoded as listed, if it is malformed */
	const char *flaw; /* why the key is malformed; NULL: it is not */
	const char *etag; /* with its quotes */
	int64_t size;
};

/* Requests the metadata of an object: its `etag` (S3_ETAG_MAX bytes) and *size. Returns 1, 0 if
 * it does not exist or may not be read, or -1. */
enum { S3_ETAG_MAX = 128 };
int s3_head(struct s3_bucket *bucket, const char *key, char *etag, int64_t *size,
	struct error *err);

/* Calls `take` for every object whose key begins with the prefix, in order of keys, until it
 * returns -1. Blocks. */
int s3_list(struct s3_bucket *bucket, const char *prefix,
	int (*take)(void *arg, const struct s3_object *object, struct error *err), void *arg,
	struct error *err);

#endif
