#include "aws/endpoint.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *service, *variable;
} variables[] = {
	{ "s3", "AWS_ENDPOINT_URL_S3" },
	{ "secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER" },
	{ "sts", "AWS_ENDPOINT_URL_STS" },
};

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *endpoint_region(void)
{
	const char *region = environment("AWS_REGION");

	if (region == NULL) {
		region = environment("AWS_DEFAULT_REGION");
	}
	return region != NULL ? region : "us-east-1";
}

const char *endpoint_domain(const char *region)
{
	return strncmp(region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
}

static const char *find_override(const char *service)
{
	const char *override = NULL;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (strcmp(variables[i].service, service) == 0) {
			override = environment(variables[i].variable);
		}
	}
	return override != NULL ? override : environment("AWS_ENDPOINT_URL");
}

bool endpoint_is_set(const char *service)
{
	return find_override(service) != NULL;
}

void endpoint_put(struct buffer *url, const char *service, const char *region)
{
	const char *override = find_override(service);
	size_t length;

	if (override == NULL) {
		buffer_printf(
			url, "https://%s.%s.%s", service, region, endpoint_domain(region));
		return;
	}
	length = strlen(override);
	while (length > 0 && override[length - 1] == '/') {
		length--;
	}
	buffer_append(url, override, length);
}
