#include "aws/keys_places.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

time_t keys_time(const char *text)
{
	struct tm tm = { 0 };

	return text != NULL && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) != NULL ? timegm(&tm)
										: 0;
}

static const char *member(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

int keys_json(
	struct keys *keys, const struct buffer *body, const char *where, struct error *err)
{
	cJSON *answer = cJSON_ParseWithLength(body->data, body->length);
	const char *id = member(answer, "AccessKeyId");
	const char *secret = member(answer, "SecretAccessKey");
	int result = KEYS_FOUND;

	if (id == NULL || secret == NULL) {
		result = error_set(err, "%s: the answer holds no AWS credentials", where);
	} else {
		*keys = (struct keys){ keys_text(id), keys_text(secret),
			keys_text(member(answer, "Token")),
			keys_time(member(answer, "Expiration")) };
	}
	cJSON_Delete(answer);
	return result;
}

int keys_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	if (transfer_run(transfer, request, err) < 0) {
		return -1;
	}
	return transfer->status == 200 ? 0 : transfer_fail(transfer, request, err);
}

int keys_file(struct buffer *to, const char *path, const char *variable, struct error *err)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL) {
		return error_set(err, "%s: '%s' cannot be read", variable, path);
	}
	length = fread(buffer_reserve(to, KEYS_TOKEN_MAX), 1, KEYS_TOKEN_MAX, file);
	fclose(file);
	while (length > 0 && strchr("\r\n", to->data[length - 1]) != NULL) {
		length--;
	}
	to->length = length;
	return length > 0 ? 0 : error_set(err, "%s: '%s' is empty", variable, path);
}
