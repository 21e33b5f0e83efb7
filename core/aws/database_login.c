#include "aws/database_login.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/secret.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/settings.h"

enum { AGAIN_AFTER_MS = 1000 /* a refused or failed fetch */ };

struct login {
	struct db_login source;
	struct aws *aws;
	const char *id;
	pthread_mutex_t lock; /* held while fetching: one thread fetches, the others wait */
	struct secret secret;
	int64_t fetched_at; /* clock_ms() of the last refused or failed fetch; 0: none */
	struct error error; /* of the last fetch */
	atomic_bool stopped;
};

static char *copy(const char *text)
{
	return memory_copy_text(text, strlen(text));
}

/* Whether there is no password yet, or only the one that the server refused. */
static bool is_outdated(const struct login *login, const char *refused)
{
	return login->secret.password == NULL ||
	       (refused != NULL && strcmp(refused, login->secret.password) == 0);
}

static int fetch(struct login *login, const char *refused, struct error *err)
{
	struct secret newer = { 0 };

	if (login->fetched_at == 0 || clock_ms() >= login->fetched_at + AGAIN_AFTER_MS) {
		login->error = (struct error){ 0 };
		if (secret_fetch(login->aws, login->id, &login->stopped, &newer,
			    &login->error) == 0) {
			secret_finish(&login->secret);
			login->secret = newer;
		}
		/* The first password may be refused at once, and rotated by then. */
		login->fetched_at =
			refused != NULL || error_is_set(&login->error) ? clock_ms() : 0;
	}
	*err = login->error;
	return error_is_set(err) ? -1 : 0;
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

static void stop(void *arg)
{
	struct login *login = arg;

	atomic_store(&login->stopped, true);
}

/* The login in the environment of the container saves a request. */
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
	login->source = (struct db_login){ get, stop, login };
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
