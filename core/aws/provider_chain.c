#include <stdlib.h>

#include "aws/provider.h"

const char *provider_environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static int from_environment(struct credentials *credentials, struct error *err)
{
	const char *id = provider_environment("AWS_ACCESS_KEY_ID");
	const char *secret = provider_environment("AWS_SECRET_ACCESS_KEY");

	if (id == NULL && secret == NULL) {
		return 0;
	}
	if (id == NULL || secret == NULL) {
		return error_set(err, "AWS_%s is set, AWS_%s is not",
			id != NULL ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY",
			id != NULL ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID");
	}
	*credentials = (struct credentials){ credentials_text(id), credentials_text(secret),
		credentials_text(provider_environment("AWS_SESSION_TOKEN")), 0 };
	return PROVIDER_FOUND;
}

/* ----------------------------------------------------------------------- */

int credentials_fetch(struct credentials *credentials, struct error *err)
{
	/* A container on an instance must not take the instance's role: its own is first. */
	static int (*const places[])(struct credentials * credentials, struct error * err) = {
		from_environment,
		provider_from_web_identity,
		provider_from_container,
		provider_from_instance,
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && result == 0; i++) {
		result = places[i](credentials, err);
	}
	if (result < 0) {
		credentials_finish(credentials);
		error_prefix(err, "looking for AWS credentials: ");
	}
	return result < 0 ? -1 : 0;
}
