#include "aws/aws.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aws/provider.h"
#include "base/memory.h"

enum {
	REFRESH_BEFORE_S = 300, /* expiry */
	RETRY_AFTER_S = 10,     /* a refresh that brought no better credentials */
	FAILED_FOR_S = 1,       /* a failure is cached */
	NONE_FOR_S = 60         /* the absence of credentials is cached */
};

struct aws {
	pthread_mutex_t lock; /* held while fetching: one thread fetches, the others wait */
	struct credentials credentials;
	bool fetched;
	time_t retry_at;     /* no refresh before */
	struct error error;  /* of the last refresh */
	bool refused;        /* by AWS, though they have not expired */
	time_t refusable_at; /* a refusal counts again from then on */
};

struct aws *aws_create(void)
{
	struct aws *aws = memory_new(struct aws);

	pthread_mutex_init(&aws->lock, NULL);
	return aws;
}

void aws_destroy(struct aws *aws)
{
	if (aws != NULL) {
		credentials_finish(&aws->credentials);
		pthread_mutex_destroy(&aws->lock);
		free(aws);
	}
}

static bool are_fresh(const struct aws *aws, time_t now)
{
	if (aws->refused) {
		return false;
	}
	if (aws->credentials.id == NULL) {
		return aws->fetched && now < aws->retry_at;
	}
	return aws->credentials.expires == 0 ||
	       now < aws->credentials.expires - REFRESH_BEFORE_S;
}

static bool are_valid(const struct aws *aws, time_t now)
{
	return aws->fetched && !aws->refused &&
	       (aws->credentials.expires == 0 || now < aws->credentials.expires);
}

/* Time of the next refresh: at their expiry, not at every use. */
static time_t choose_retry(const struct credentials *credentials, time_t now)
{
	time_t retry = now + RETRY_AFTER_S;

	return credentials->expires > now && credentials->expires < retry ? credentials->expires
									  : retry;
}

/* Refreshes. Credentials that are expired on arrival are used nevertheless: the service's or
 * this machine's clock may be wrong; then a refresh is not tried at every use. */
static int refresh(struct aws *aws, time_t now, struct error *err)
{
	struct credentials newer = { 0 };
	bool failed;

	if (now < aws->retry_at) {
		*err = aws->error;
		return error_is_set(err) ? -1 : 0;
	}
	aws->error = (struct error){ 0 };
	failed = credentials_fetch(&newer, err) < 0;
	/* An instance whose metadata service is silent for a moment looks like no instance. */
	if (!failed && newer.id == NULL && aws->credentials.id != NULL) {
		error_set(err, "the AWS credentials expire, and no others are found");
		failed = true;
	}
	if (failed) {
		bool good = are_valid(aws, now);

		now = time(NULL);
		aws->retry_at =
			good ? choose_retry(&aws->credentials, now) : now + FAILED_FOR_S;
		if (!good) {
			aws->error = *err;
		}
		return good ? 0 : -1;
	}
	credentials_finish(&aws->credentials);
	aws->credentials = newer;
	aws->fetched = true;
	aws->refused = false;
	now = time(NULL);
	aws->retry_at = newer.id != NULL ? choose_retry(&newer, now) : now + NONE_FOR_S;
	return 0;
}

int aws_credentials(struct aws *aws, struct credentials *credentials, struct error *err)
{
	time_t now = time(NULL);
	struct error ignored = { 0 };
	int result = 0;

	pthread_mutex_lock(&aws->lock);
	if (!are_fresh(aws, now)) {
		result = refresh(aws, now, &ignored);
	}
	if (result == 0) {
		credentials_copy(credentials, &aws->credentials);
	} else {
		*err = ignored;
	}
	pthread_mutex_unlock(&aws->lock);
	return result;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool aws_refused(struct aws *aws, const struct credentials *credentials)
{
	bool again = credentials->id != NULL;

	pthread_mutex_lock(&aws->lock);
	if (again && same_text(credentials->id, aws->credentials.id) &&
		same_text(credentials->token, aws->credentials.token)) {
		time_t now = time(NULL);

		/* Not again at once: the provider may have no others yet. */
		again = aws->refused || now >= aws->refusable_at;
		if (again) {
			aws->refused = true;
			aws->refusable_at = now + RETRY_AFTER_S;
			aws->retry_at = 0;
		}
	}
	pthread_mutex_unlock(&aws->lock);
	return again;
}
