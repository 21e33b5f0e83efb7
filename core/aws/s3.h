/* Amazon S3: URIs, and what lies below them. */
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

/* A bucket, and how it is reached. */
struct s3_bucket {
	struct aws *aws;
	bool unsigned_;          /* without credentials, though there may be some */
	const atomic_bool *stop; /* of requests, "interrupted"; NULL: never */
	char name[S3_BUCKET_MAX + 1];
	char region[S3_REGION_MAX]; /* where it is, once it has answered */
};

/* s3://BUCKET/KEY; *key is the rest of the URI, "" if there is none. */
int s3_parse(const char *uri, struct s3_bucket *bucket, const char **key, struct error *err);

/* What an answer that is no success says: S3's code and message. Gives -1. */
int s3_fail(const struct transfer *transfer, struct error *err);

/* Adds the URL of a key ("" for the bucket). */
void s3_put_url(struct buffer *url, const struct s3_bucket *bucket, const char *key);

struct s3_object {
	const char *key;  /* as it was listed, if it cannot be read */
	const char *flaw; /* why it cannot; NULL: it can */
	const char *etag; /* with its quotes */
	int64_t size;
};

/* One object. Returns 1, 0 if there is none or it may not be looked at, or -1. `etag`
 * (S3_ETAG_MAX bytes) and *size get what it is. */
enum { S3_ETAG_MAX = 128 };
int s3_head(struct s3_bucket *bucket, const char *key, char *etag, int64_t *size,
	struct error *err);

/* Calls `take` for every object whose key begins with the prefix, in order of credentials,
 * until it returns -1 with *err. Blocks. */
int s3_list(struct s3_bucket *bucket, const char *prefix,
	int (*take)(void *arg, const struct s3_object *object, struct error *err), void *arg,
	struct error *err);

#endif
