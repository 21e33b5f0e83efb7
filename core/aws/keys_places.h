/* The places that keys.c looks at, and what they have in common. For keys*.c. */
#ifndef ALMANAC_AWS_KEYS_PLACES_H
#define ALMANAC_AWS_KEYS_PLACES_H

#include <stdbool.h>
#include <time.h>

#include "aws/keys.h"
#include "aws/transfer.h"
#include "base/buffer.h"
#include "base/error.h"

enum { KEYS_FOUND = 1, KEYS_ANSWER_MAX = 64 * 1024, KEYS_TOKEN_MAX = 64 * 1024 };

/* Each returns KEYS_FOUND, 0 if nothing of the kind is here, or -1. */
int keys_from_web_identity(struct keys *keys, struct error *err);
int keys_from_container(struct keys *keys, struct error *err);
int keys_from_instance(struct keys *keys, struct error *err);

/* Whom a container may ask, and send a token: anybody by https, by http only this host and the
 * agents of ECS and EKS. */
bool keys_is_trusted(const char *url);

/* NULL also if it is empty. */
const char *keys_environment(const char *name);

/* A copy; NULL of NULL. */
char *keys_text(const char *text);

/* ISO 8601, in UTC unless it has an offset. What cannot be read is long over: keys that end
 * then are used, and others are asked for soon. */
enum { KEYS_UNREADABLE = 1 };
time_t keys_time(const char *text);

/* What containers and instances are told; `where` is shown without a query. Returns
 * KEYS_FOUND. */
int keys_json(
	struct keys *keys, const struct buffer *body, const char *where, struct error *err);

/* The content of a file that a variable names, without line ends behind it. */
int keys_file(struct buffer *to, const char *path, const char *variable, struct error *err);

/* Any status but 200 is an error here; of the answer it shows a code at the most. */
int keys_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

#endif
