#include "aws/provider.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#include "aws/timed_request.h"
#include "base/memory.h"

enum { CODE_MAX = 64 };

/* "Z", "+HH:MM", "+HHMM" or nothing, which is Z; in s. -1: it is none of these. */
static int read_offset(const char *text, long *offset)
{
	int hours, minutes, used = 0;

	*offset = 0;
	if (text[0] == '\0' || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
		return 0;
	}
	if ((text[0] != '+' && text[0] != '-') || text[1] < '0' || text[1] > '9') {
		return -1;
	}
	if ((sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
		    sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &used) != 2) ||
		text[1 + used] != '\0' || used < 4 || minutes < 0 || minutes > 59) {
		return -1;
	}
	*offset = (hours * 60L + minutes) * (text[0] == '-' ? -60 : 60);
	return 0;
}

time_t provider_time(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long offset;

	if (rest != NULL && rest[0] == '.') {
		rest += 1 + strspn(rest + 1, "0123456789");
	}
	if (rest == NULL || read_offset(rest, &offset) < 0) {
		return PROVIDER_UNREADABLE;
	}
	return timegm(&tm) - offset;
}

static const char *member(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static time_t read_expiration(const cJSON *expires)
{
	if (expires == NULL || cJSON_IsNull(expires)) {
		return 0;
	}
	return cJSON_IsString(expires) ? provider_time(expires->valuestring)
				       : PROVIDER_UNREADABLE;
}

int provider_json(struct credentials *credentials, const struct buffer *body, const char *where,
	struct error *err)
{
	cJSON *answer = cJSON_ParseWithLength(body->data, body->length);
	const char *id = member(answer, "AccessKeyId");
	const char *secret = member(answer, "SecretAccessKey");
	const cJSON *expires = cJSON_GetObjectItemCaseSensitive(answer, "Expiration");
	int result = PROVIDER_FOUND;

	if (id == NULL || secret == NULL || id[0] == '\0' || secret[0] == '\0') {
		result = error_set(err, "%.*s: the answer holds no AWS credentials",
			(int)strcspn(where, "?"), where);
	} else {
		*credentials = (struct credentials){ credentials_text(id),
			credentials_text(secret), credentials_text(member(answer, "Token")),
			read_expiration(expires) };
	}
	cJSON_Delete(answer);
	return result;
}

/* A code of an error in the XML of STS, or in the JSON of agents: NULL if it is none, or no
 * word of `*length` characters. Messages may repeat what they were told; codes are words. */
static const char *find_code(const char *answer, size_t *length)
{
	static const char *const marks[] = { "<Code>", "\"code\"", "\"Code\"" };
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && found == NULL; i++) {
		found = strstr(answer, marks[i]);
		found = found != NULL ? found + strlen(marks[i]) : NULL;
	}
	if (found == NULL) {
		return NULL;
	}
	found += strspn(found, " :\"");
	*length = strspn(found, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	return *length > 0 && *length <= CODE_MAX && strchr("<\"", found[*length]) != NULL
		       ? found
		       : NULL;
}

static int fail_answer(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	size_t length = 0;
	const char *code = find_code(buffer_text(&transfer->body), &length);
	struct error status = { 0 };

	transfer_fail(transfer, request, &status);
	return error_set(err, "%s%s%.*s", status.text, code != NULL ? ": " : "", (int)length,
		code != NULL ? code : "");
}

int provider_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	if (timed_request(transfer, request, err) < 0 && transfer->status == 0) {
		return -1;
	}
	return transfer->status == 200 ? 0 : fail_answer(transfer, request, err);
}

int provider_file(struct buffer *to, const char *path, const char *variable, struct error *err)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL) {
		return error_set(err, "%s: '%s' cannot be read", variable, path);
	}
	length = fread(buffer_reserve(to, PROVIDER_TOKEN_MAX), 1, PROVIDER_TOKEN_MAX, file);
	fclose(file);
	while (length > 0 && strchr("\r\n", to->data[length - 1]) != NULL) {
		length--;
	}
	to->length = length;
	return length > 0 ? 0 : error_set(err, "%s: '%s' is empty", variable, path);
}
