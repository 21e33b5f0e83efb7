#include "aws/keys.h"

#include <stdlib.h>
#include <string.h>

#include "aws/keys_places.h"
#include "base/memory.h"

void keys_finish(struct keys *keys)
{
	memory_wipe_text(keys->id);
	memory_wipe_text(keys->secret);
	memory_wipe_text(keys->token);
	*keys = (struct keys){ 0 };
}

char *keys_text(const char *text)
{
	return text != NULL ? memory_copy_text(text, strlen(text)) : NULL;
}

void keys_copy(struct keys *to, const struct keys *from)
{
	struct keys old = *to;

	*to = (struct keys){ keys_text(from->id), keys_text(from->secret),
		keys_text(from->token), from->expires };
	keys_finish(&old);
}

const char *keys_environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static int from_environment(struct keys *keys, struct error *err)
{
	const char *id = keys_environment("AWS_ACCESS_KEY_ID");
	const char *secret = keys_environment("AWS_SECRET_ACCESS_KEY");

	if (id == NULL && secret == NULL) {
		return 0;
	}
	if (id == NULL || secret == NULL) {
		return error_set(err, "AWS_%s is set, AWS_%s is not",
			id != NULL ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY",
			id != NULL ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID");
	}
	*keys = (struct keys){ keys_text(id), keys_text(secret),
		keys_text(keys_environment("AWS_SESSION_TOKEN")), 0 };
	return KEYS_FOUND;
}

/* ----------------------------------------------------------------------- */

int keys_fetch(struct keys *keys, struct error *err)
{
	/* A container on an instance must not take the instance's role: its own is first. */
	static int (*const places[])(struct keys * keys, struct error * err) = {
		from_environment,
		keys_from_web_identity,
		keys_from_container,
		keys_from_instance,
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && result == 0; i++) {
		result = places[i](keys, err);
	}
	if (result < 0) {
		keys_finish(keys);
		error_prefix(err, "looking for AWS credentials: ");
	}
	return result < 0 ? -1 : 0;
}
