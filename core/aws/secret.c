#include "aws/secret.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/transfer.h"
#include "base/json.h"
#include "base/memory.h"

enum { ANSWER_MAX = 256 * 1024, REGION_MAX = 64 };

void secret_finish(struct secret *secret)
{
	memory_wipe_text(secret->user);
	memory_wipe_text(secret->password);
	*secret = (struct secret){ 0 };
}

static const char *member(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* cJSON frees without wiping. */
static void wipe_json(cJSON *object)
{
	for (cJSON *item = object != NULL ? object->child : NULL; item != NULL;
		item = item->next) {
		if (cJSON_IsString(item)) {
			explicit_bzero(item->valuestring, strlen(item->valuestring));
		}
	}
	cJSON_Delete(object);
}

/* A NUL in JSON, where cJSON would end the text. */
static bool has_nul(const char *json)
{
	static const char nul[] = "\\u0000";

	while ((json = strchr(json, '\\')) != NULL && strncmp(json, nul, strlen(nul)) != 0) {
		json += json[1] != '\0' ? 2 : 1;
	}
	return json != NULL;
}

/* Values that libpq would ignore or truncate: it would then use another user or password. */
static const char *find_fault(const char *text, const char *user, const char *password)
{
	return user[0] == '\0'       ? "its \"username\" is empty"
	       : password[0] == '\0' ? "its \"password\" is empty"
	       : has_nul(text)       ? "it holds a NUL character (\\u0000)"
				     : NULL;
}

static int read_secret(struct secret *secret, const char *text, struct error *err)
{
	cJSON *object = cJSON_Parse(text);
	const char *user = member(object, "username"), *password = member(object, "password");
	const char *fault = NULL;
	int result = 0;

	if (user != NULL && password != NULL) {
		fault = find_fault(text, user, password);
	}
	if (fault != NULL) {
		error_set(err, "%s", fault);
		result = error_hint(err, "store a user and a password");
	} else if (user == NULL || password == NULL) {
		error_set(err, "it is no JSON object with \"username\" and \"password\"");
		result = error_hint(err, "store it in the form that RDS uses");
	} else {
		secret->user = memory_copy_text(user, strlen(user));
		secret->password = memory_copy_text(password, strlen(password));
	}
	wipe_json(object);
	return result;
}

/* Error answers of Secrets Manager: {"__type":"...#ResourceNotFoundException","message"} */
static int fail_answer(const cJSON *answer, long status, struct error *err)
{
	const char *type = member(answer, "__type"), *message = member(answer, "message");
	const char *name = type != NULL ? strrchr(type, '#') : NULL;

	if (message == NULL) {
		message = member(answer, "Message");
	}
	return error_set(err, "status %ld, %s: %s", status,
		name != NULL   ? name + 1
		: type != NULL ? type
			       : "no type",
		message != NULL ? message : "no message");
}

/* The region of an ARN (arn:aws:secretsmanager:REGION:...), else the default region. */
static void find_region(const char *id, char region[REGION_MAX])
{
	const char *text = endpoint_region();
	size_t length = strlen(text);

	if (strncmp(id, "arn:", 4) == 0) {
		text = id;
		for (int i = 0; i < 3; i++) {
			text += strcspn(text, ":");
			text += *text == ':';
		}
		length = strcspn(text, ":");
	}
	length = length < REGION_MAX ? length : REGION_MAX - 1;
	memcpy(region, text, length);
	region[length] = '\0';
}

static int request_secret(struct transfer *transfer, const char *id,
	const struct credentials *credentials, const atomic_bool *stop, struct error *err)
{
	static const char *const headers[] = { "Content-Type: application/x-amz-json-1.1",
		"X-Amz-Target: secretsmanager.GetSecretValue", NULL };
	struct buffer url = { 0 }, body = { 0 };
	char region[REGION_MAX];
	int result;

	find_region(id, region);
	endpoint_put(&url, "secretsmanager", region);
	buffer_puts(&url, "/");
	buffer_puts(&body, "{\"SecretId\":");
	json_text(&body, id);
	buffer_puts(&body, ",\"VersionStage\":\"AWSCURRENT\"}");
	const struct transfer_request request = { .url = buffer_text(&url),
		.headers = headers,
		.body = body.data,
		.body_length = body.length,
		.answer_max = ANSWER_MAX,
		.secret = true,
		.credentials = credentials,
		.service = "secretsmanager",
		.region = region,
		.stop = stop };
	result = timed_request(transfer, &request, err);
	buffer_finish(&url);
	buffer_finish(&body);
	return result;
}

static int read_answer(struct transfer *transfer, struct secret *secret, struct error *err)
{
	cJSON *answer = cJSON_ParseWithLength(transfer->body.data, transfer->body.length);
	const char *text = member(answer, "SecretString");
	int result;

	if (transfer->status != 200) {
		result = fail_answer(answer, transfer->status, err);
	} else if (text == NULL) {
		result = error_set(err, member(answer, "SecretBinary") != NULL
						? "it is binary, no text"
						: "the answer holds no secret");
	} else if (has_nul(buffer_text(&transfer->body))) {
		result = error_set(err, "it holds a NUL character");
	} else {
		result = read_secret(secret, text, err);
	}
	wipe_json(answer);
	return result;
}

int secret_fetch(struct aws *aws, const char *id, const atomic_bool *stop,
	struct secret *secret, struct error *err)
{
	struct transfer transfer = { 0 };
	struct credentials credentials = { 0 };
	int result = aws_credentials(aws, &credentials, err);

	if (result == 0 && credentials.id == NULL) {
		error_set(err, "there are no AWS credentials");
		result = error_hint(err,
			"give the task or function a role, or set AWS_ACCESS_KEY_ID and "
			"AWS_SECRET_ACCESS_KEY");
	}
	if (result == 0) {
		result = request_secret(&transfer, id, &credentials, stop, err);
	}
	if (result == 0 || transfer.status != 0) {
		result = read_answer(&transfer, secret, err);
	}
	credentials_finish(&credentials);
	transfer_finish(&transfer);
	return result == 0 ? 0 : error_prefix(err, "secret %s: ", id);
}
