#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "aws/provider.h"

/* -- Containers (ECS, EKS) ---------------------------------------------- */

/* "Authorization: " and the token, or nothing. */
static int put_authorization(struct buffer *header, struct error *err)
{
	const char *file = provider_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = provider_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct buffer text = { 0 };
	int result = 0;

	if (file != NULL) {
		result = provider_file(
			&text, file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", err);
		token = buffer_text(&text);
	}
	if (result == 0 && token != NULL) {
		buffer_printf(header, "Authorization: %s", token);
	}
	buffer_finish(&text);
	return result;
}

static int ask_container(struct credentials *credentials, const char *url, struct error *err)
{
	struct buffer header = { 0 };
	const char *headers[2] = { NULL, NULL };
	struct transfer transfer = { 0 };
	int result = put_authorization(&header, err);

	headers[0] = header.length > 0 ? buffer_text(&header) : NULL;
	const struct transfer_request request = { .url = url,
		.headers = headers,
		.answer_max = PROVIDER_ANSWER_MAX,
		.local = true,
		.secret = true,
		.timeout = 5000 };
	if (result == 0) {
		result = provider_request(&transfer, &request, err);
	}
	if (result == 0) {
		result = provider_json(credentials, &transfer.body, url, err);
	}
	buffer_finish(&header);
	transfer_finish(&transfer);
	return result;
}

int provider_from_container(struct credentials *credentials, struct error *err)
{
	const char *relative = provider_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = provider_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct buffer url = { 0 };
	int result;

	if (relative == NULL && full == NULL) {
		return 0;
	}
	if (relative == NULL && !provider_is_trusted(full)) {
		return error_set(err,
			"AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of "
			"this host or of a container agent, or it holds a user");
	}
	if (relative != NULL && relative[0] != '/') {
		return error_set(err,
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/': it is the path "
			"that the container agent of this host is asked for");
	}
	buffer_printf(&url, "%s%s", relative != NULL ? "http://169.254.170.2" : "",
		relative != NULL ? relative : full);
	result = ask_container(credentials, buffer_text(&url), err);
	buffer_finish(&url);
	return result;
}

/* -- Instances (IMDSv2) ------------------------------------------------- */

enum { INSTANCE_TIMEOUT = 1000 /* ms: elsewhere nobody answers */ };

/* A request that is made once: there may be no instance. */
static int ask_instance(
	struct transfer *transfer, const char *method, const char *path, const char *header)
{
	const char *const headers[] = { header, NULL };
	const char *base = provider_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct buffer url = { 0 };
	enum transfer_outcome outcome;

	buffer_printf(&url, "%s%s", base != NULL ? base : "http://169.254.169.254", path);
	const struct transfer_request request = { .method = method,
		.url = buffer_text(&url),
		.headers = headers,
		.answer_max = PROVIDER_ANSWER_MAX,
		.local = true,
		.secret = true,
		.connect_timeout = INSTANCE_TIMEOUT,
		.timeout = 2 * INSTANCE_TIMEOUT };
	outcome = transfer_once(transfer, &request);
	buffer_finish(&url);
	return outcome == TRANSFER_ANSWERED && transfer->status == 200 ? 0 : -1;
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static int ask_role(struct credentials *credentials, struct transfer *transfer,
	const char *header, struct error *err)
{
	struct buffer path = { 0 };
	int result = 0;

	if (ask_instance(transfer, NULL, ROLES, header) == 0 && transfer->body.length > 0) {
		buffer_puts(&path, ROLES);
		buffer_append(&path, transfer->body.data,
			strcspn(buffer_text(&transfer->body), "\r\n"));
		result = ask_instance(transfer, NULL, buffer_text(&path), header) == 0
				 ? provider_json(credentials, &transfer->body,
					   "instance metadata", err)
				 : error_set(err, "instance metadata: the role's credentials "
						  "cannot be read");
	}
	buffer_finish(&path);
	return result;
}

int provider_from_instance(struct credentials *credentials, struct error *err)
{
	const char *disabled = provider_environment("AWS_EC2_METADATA_DISABLED");
	struct transfer transfer = { 0 };
	struct buffer header = { 0 };
	int result = 0;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0) {
		return 0;
	}
	if (ask_instance(&transfer, "PUT", "/latest/api/token",
		    "X-aws-ec2-metadata-token-ttl-seconds: 21600") == 0) {
		buffer_printf(
			&header, "X-aws-ec2-metadata-token: %s", buffer_text(&transfer.body));
		result = ask_role(credentials, &transfer, buffer_text(&header), err);
	}
	buffer_finish(&header);
	transfer_finish(&transfer);
	return result;
}
