#include <string.h>

#include "aws/endpoint.h"
#include "aws/keys_places.h"
#include "aws/xml.h"
#include "base/url.h"

static void take_sts(void *arg, const char *name, const char *text)
{
	struct keys *keys = arg;

	if (strcmp(name, "AccessKeyId") == 0) {
		keys->id = keys_text(text);
	} else if (strcmp(name, "SecretAccessKey") == 0) {
		keys->secret = keys_text(text);
	} else if (strcmp(name, "SessionToken") == 0) {
		keys->token = keys_text(text);
	} else if (strcmp(name, "Expiration") == 0) {
		keys->expires = keys_time(text);
	}
}

static void put_parameter(struct buffer *body, const char *name, const char *value)
{
	buffer_printf(body, "&%s=", name);
	url_encode(body, value, strlen(value));
}

static int assume_role(
	struct keys *keys, struct buffer *token, const char *role, struct error *err)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL
	};
	const char *session = keys_environment("AWS_ROLE_SESSION_NAME");
	struct buffer url = { 0 }, body = { 0 };
	struct transfer transfer = { 0 };
	int result;

	endpoint_put(&url, "sts", endpoint_region());
	buffer_puts(&url, "/");
	buffer_puts(&body, "Action=AssumeRoleWithWebIdentity");
	put_parameter(&body, "RoleArn", role);
	put_parameter(&body, "RoleSessionName", session != NULL ? session : "almanac");
	put_parameter(&body, "Version", "2011-06-15");
	put_parameter(&body, "WebIdentityToken", buffer_text(token));
	const struct transfer_request request = { .url = buffer_text(&url),
		.headers = headers,
		.body = body.data,
		.body_length = body.length,
		.answer_max = KEYS_ANSWER_MAX,
		.secret = true };
	result = keys_request(&transfer, &request, err);
	if (result == 0) {
		result =
			xml_read(transfer.body.data, transfer.body.length, take_sts, keys, err);
	}
	if (result == 0 && (keys->id == NULL || keys->secret == NULL)) {
		result = error_set(err, "STS answered without credentials");
	}
	explicit_bzero(body.data, body.capacity);
	buffer_finish(&body);
	buffer_finish(&url);
	transfer_finish(&transfer);
	return result == 0 ? KEYS_FOUND : -1;
}

int keys_from_web_identity(struct keys *keys, struct error *err)
{
	const char *file = keys_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *role = keys_environment("AWS_ROLE_ARN");
	struct buffer token = { 0 };
	int result;

	if (file == NULL || role == NULL) {
		return 0;
	}
	result = keys_file(&token, file, "AWS_WEB_IDENTITY_TOKEN_FILE", err);
	if (result == 0) {
		result = assume_role(keys, &token, role, err);
	}
	buffer_finish(&token);
	return result;
}
