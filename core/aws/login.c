#include "aws/login.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/secret.h"
#include "base/memory.h"
#include "base/settings.h"

enum { AGAIN_AFTER = 1 /* s, after a secret has been found to be the one that was refused */ };

struct login {
	struct db_login source;
	struct aws *aws;
	const char *id;
	pthread_mutex_t lock; /* held while fetching: one does it, the others wait for that */
	struct secret secret;
	time_t looked; /* in vain, when a password had been refused; monotonic; 0: never */
};

static char *copy(const char *text)
{
	return memory_copy_text(text, strlen(text));
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Whether what was refused is still all that is known. */
static bool is_outdated(const struct login *login, const char *refused)
{
	return login->secret.password == NULL ||
	       (refused != NULL && strcmp(refused, login->secret.password) == 0);
}

static int fetch(struct login *login, const char *refused, struct error *err)
{
	struct secret newer = { 0 };

	if (refused != NULL && login->looked != 0 && now() < login->looked + AGAIN_AFTER) {
		return 0;
	}
	if (secret_fetch(login->aws, login->id, &newer, err) < 0) {
		return -1;
	}
	login->looked = refused != NULL && strcmp(refused, newer.password) == 0 ? now() : 0;
	secret_finish(&login->secret);
	login->secret = newer;
	return 0;
}

static int get(void *arg, const char *refused, struct db_credentials *to, struct error *err)
{
	struct login *login = arg;
	int result = 0;

	pthread_mutex_lock(&login->lock);
	if (is_outdated(login, refused)) {
		result = fetch(login, refused, err);
	}
	if (result == 0) {
		to->user = copy(login->secret.user);
		to->password = copy(login->secret.password);
	}
	pthread_mutex_unlock(&login->lock);
	return result;
}

/* What the container was started with saves a question. */
static void take_environment(struct login *login)
{
	const char *user = getenv("PGUSER"), *password = getenv("PGPASSWORD");

	if (user != NULL && password != NULL && user[0] != '\0' && password[0] != '\0') {
		login->secret.user = copy(user);
		login->secret.password = copy(password);
	}
}

struct login *login_create(const struct settings *settings, struct aws *aws)
{
	const char *id = settings_text(settings, SETTING_DATABASE_SECRET);
	struct login *login;

	if (id[0] == '\0') {
		return NULL;
	}
	login = memory_new(struct login);
	login->source = (struct db_login){ get, login };
	login->aws = aws;
	login->id = id;
	pthread_mutex_init(&login->lock, NULL);
	take_environment(login);
	return login;
}

void login_destroy(struct login *login)
{
	if (login != NULL) {
		secret_finish(&login->secret);
		pthread_mutex_destroy(&login->lock);
		free(login);
	}
}

const struct db_login *login_source(struct login *login)
{
	return login != NULL ? &login->source : NULL;
}
