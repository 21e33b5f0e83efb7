#include "aws/aws.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aws/provider.h"
#include "base/memory.h"

enum {
	REFRESH_BEFORE = 300, /* s before they expire */
	RETRY_AFTER = 10,     /* s between attempts that bring no better ones */
	FAILED_FOR = 1,       /* s for which it holds that there can none be had */
	NONE_FOR = 60         /* s for which it holds that there are no credentials */
};

struct aws {
	pthread_mutex_t lock; /* held while fetching: one does it, the others wait for that */
	struct credentials credentials;
	bool looked;
	time_t retry;        /* not before */
	struct error why;    /* the last attempt came to nothing */
	bool refused;        /* they are good for nothing, whatever they say of themselves */
	time_t refused_next; /* when they may be called so again */
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
		return aws->looked && now < aws->retry;
	}
	return aws->credentials.expires == 0 || now < aws->credentials.expires - REFRESH_BEFORE;
}

static bool are_good(const struct aws *aws, time_t now)
{
	return aws->looked && !aws->refused &&
	       (aws->credentials.expires == 0 || now < aws->credentials.expires);
}

/* An instance whose metadata service is silent for a moment looks like no instance: who had
 * credentials does not give them up for none. */
static int fetch(const struct aws *aws, struct credentials *newer, struct error *err)
{
	if (credentials_fetch(newer, err) < 0) {
		return -1;
	}
	if (newer->id == NULL && aws->credentials.id != NULL) {
		return error_set(err, "the AWS credentials expire, and no others are found");
	}
	return 0;
}

/* When to look for better ones: not at every use, but when these end. */
static time_t choose_retry(const struct credentials *credentials, time_t now)
{
	time_t retry = now + RETRY_AFTER;

	return credentials->expires > now && credentials->expires < retry ? credentials->expires
									  : retry;
}

/* Credentials that are over as soon as they are told are used all the same: the service or this
 * machine's clock may be wrong. So others are not asked for at every use. */
static int refresh(struct aws *aws, time_t now, struct error *err)
{
	struct credentials newer = { 0 };

	if (now < aws->retry) {
		*err = aws->why;
		return error_is_set(err) ? -1 : 0;
	}
	aws->why = (struct error){ 0 };
	if (fetch(aws, &newer, err) < 0) {
		bool good = are_good(aws, now);

		now = time(NULL);
		aws->retry = good ? choose_retry(&aws->credentials, now) : now + FAILED_FOR;
		if (!good) {
			aws->why = *err;
		}
		return good ? 0 : -1;
	}
	credentials_finish(&aws->credentials);
	aws->credentials = newer;
	aws->looked = true;
	aws->refused = false;
	now = time(NULL);
	aws->retry = newer.id != NULL ? choose_retry(&newer, now) : now + NONE_FOR;
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

/* Wherever they come from may know no others yet: it is not asked with every request. */
static bool refuse(struct aws *aws, time_t now)
{
	if (!aws->refused && now < aws->refused_next) {
		return false;
	}
	aws->refused = true;
	aws->refused_next = now + RETRY_AFTER;
	aws->retry = 0;
	return true;
}

bool aws_refused(struct aws *aws, const struct credentials *credentials)
{
	bool again = credentials->id != NULL;

	pthread_mutex_lock(&aws->lock);
	if (again && same_text(credentials->id, aws->credentials.id) &&
		same_text(credentials->token, aws->credentials.token)) {
		again = refuse(aws, time(NULL));
	}
	pthread_mutex_unlock(&aws->lock);
	return again;
}
