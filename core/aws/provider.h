/* Credential providers, in the order of the AWS default chain. Blocking. */
#ifndef ALMANAC_AWS_PROVIDER_H
#define ALMANAC_AWS_PROVIDER_H

#include <stdbool.h>
#include <time.h>

#include "aws/credentials.h"
#include "aws/transfer.h"
#include "base/buffer.h"
#include "base/error.h"

enum { PROVIDER_FOUND = 1, PROVIDER_ANSWER_MAX = 64 * 1024, PROVIDER_TOKEN_MAX = 64 * 1024 };

/* The standard places, in this order: environment, web identity, container, instance. Empty
 * after success: nothing of that is there, requests go unsigned. Blocks; no cache. */
int credentials_fetch(struct credentials *credentials, struct error *err);

/* Each returns PROVIDER_FOUND, 0 if nothing of the kind is here, or -1. */
int provider_from_web_identity(struct credentials *credentials, struct error *err);
int provider_from_container(struct credentials *credentials, struct error *err);
int provider_from_instance(struct credentials *credentials, struct error *err);

/* Whom a container may ask, and send a token: anybody by https, by http only this host and the
 * agents of ECS and EKS. */
bool provider_is_trusted(const char *url);

/* NULL also if it is empty. */
const char *provider_environment(const char *name);

/* ISO 8601, in UTC unless it has an offset. What cannot be read is long over: credentials that
 * end then are used, and others are asked for soon. */
enum { PROVIDER_UNREADABLE = 1 };
time_t provider_time(const char *text);

/* What containers and instances are told; `where` is shown without a query. Returns
 * PROVIDER_FOUND. */
int provider_json(struct credentials *credentials, const struct buffer *body, const char *where,
	struct error *err);

/* The content of a file that a variable names, without line ends behind it. */
int provider_file(struct buffer *to, const char *path, const char *variable, struct error *err);

/* Any status but 200 is an error here; of the answer it shows a code at the most. */
int provider_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

#endif
