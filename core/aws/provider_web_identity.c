#include <string.h>

#include "aws/endpoint.h"
#include "aws/provider.h"
#include "aws/xml.h"
#include "base/url.h"

static void take_sts(void *arg, const char *name, const char *text)
{
	struct credentials *credentials = arg;

	if (strcmp(name, "AccessKeyId") == 0) {
		credentials->id = credentials_text(text);
	} else if (strcmp(name, "SecretAccessKey") == 0) {
		credentials->secret = credentials_text(text);
	} else if (strcmp(name, "SessionToken") == 0) {
		credentials->token = credentials_text(text);
	} else if (strcmp(name, "Expiration") == 0) {
		credentials->expires = provider_time(text);
	}
}

static void put_parameter(struct buffer *body, const char *name, const char *value)
{
	buffer_printf(body, "&%s=", name);
	url_encode(body, value, strlen(value));
}

static int assume_role(struct credentials *credentials, struct buffer *token, const char *role,
	struct error *err)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL
	};
	const char *session = provider_environment("AWS_ROLE_SESSION_NAME");
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
		.answer_max = PROVIDER_ANSWER_MAX,
		.secret = true };
	result = provider_request(&transfer, &request, err);
	if (result == 0) {
		result = xml_read(
			transfer.body.data, transfer.body.length, take_sts, credentials, err);
	}
	if (result == 0 && (credentials->id == NULL || credentials->secret == NULL)) {
		result = error_set(err, "STS answered without credentials");
	}
	explicit_bzero(body.data, body.capacity);
	buffer_finish(&body);
	buffer_finish(&url);
	transfer_finish(&transfer);
	return result == 0 ? PROVIDER_FOUND : -1;
}

int provider_from_web_identity(struct credentials *credentials, struct error *err)
{
	const char *file = provider_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *role = provider_environment("AWS_ROLE_ARN");
	struct buffer token = { 0 };
	int result;

	if (file == NULL || role == NULL) {
		return 0;
	}
	result = provider_file(&token, file, "AWS_WEB_IDENTITY_TOKEN_FILE", err);
	if (result == 0) {
		result = assume_role(credentials, &token, role, err);
	}
	buffer_finish(&token);
	return result;
}
