#include "aws/provider.h"

#include <arpa/inet.h>
#include <cJSON.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/endpoint.h"
#include "aws/transfer.h"
#include "aws/xml.h"
#include "base/memory.h"
#include "base/url.h"

enum {
	FOUND = 1,
	ANSWER_BYTES_MAX = 64 * 1024,
	TOKEN_BYTES_MAX = 64 * 1024,
	CODE_MAX = 64,
	INSTANCE_TIMEOUT_MS = 1000 /* outside of EC2 no host answers */
};

/* The value of an environment variable; NULL also if it is empty. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Parses a UTC offset, "Z", "+HH:MM", "+HHMM" or "" (UTC), to seconds. -1: malformed. */
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

/* Credentials in the JSON of containers and instances; `where` is shown without its query.
 * Returns FOUND or -1. */
static int read_json(struct credentials *credentials, const struct buffer *body,
	const char *where, struct error *err)
{
	cJSON *answer = cJSON_ParseWithLength(body->data, body->length);
	const char *id = member(answer, "AccessKeyId");
	const char *secret = member(answer, "SecretAccessKey");
	const cJSON *expires = cJSON_GetObjectItemCaseSensitive(answer, "Expiration");
	int result = FOUND;

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

/* Finds the error code in the XML of STS or the JSON of agents, one word of *length letters;
 * NULL: none. Messages may repeat secrets of the request, codes do not. */
static const char *find_error_code(const char *answer, size_t *length)
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

static int set_status_error(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	size_t length = 0;
	const char *code = find_error_code(buffer_text(&transfer->body), &length);
	struct error status = { 0 };

	transfer_fail(transfer, request, &status);
	return error_set(err, "%s%s%.*s", status.text, code != NULL ? ": " : "", (int)length,
		code != NULL ? code : "");
}

/* timed_request(); any status but 200 is an error, which shows a code of the answer at most. */
static int send_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	if (timed_request(transfer, request, err) < 0 && transfer->status == 0) {
		return -1;
	}
	return transfer->status == 200 ? 0 : set_status_error(transfer, request, err);
}

/* Reads the file that `variable` names, without line ends at its end. */
static int read_token(
	struct buffer *to, const char *path, const char *variable, struct error *err)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL) {
		return error_set(err, "%s: '%s' cannot be read", variable, path);
	}
	length = fread(buffer_reserve(to, TOKEN_BYTES_MAX), 1, TOKEN_BYTES_MAX, file);
	fclose(file);
	while (length > 0 && strchr("\r\n", to->data[length - 1]) != NULL) {
		length--;
	}
	to->length = length;
	return length > 0 ? 0 : error_set(err, "%s: '%s' is empty", variable, path);
}

/* Whether a host, as curl normalises it (IPv6 in brackets, IPv4 as four numbers), is loopback
 * or the agent of ECS (169.254.170.2) or EKS (169.254.170.23, fd00:ec2::23). */
static bool is_local_host(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	size_t length = strlen(host);
	struct in6_addr six, agent;
	struct in_addr four;

	if (host[0] != '[') {
		return strcasecmp(host, "localhost") == 0 ||
		       (inet_pton(AF_INET, host, &four) == 1 &&
			       (ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET ||
				       four.s_addr == inet_addr("169.254.170.2") ||
				       four.s_addr == inet_addr("169.254.170.23")));
	}
	if (length < 2 || length - 2 >= sizeof(text)) {
		return false;
	}
	memcpy(text, host + 1, length - 2);
	text[length - 2] = '\0';
	return inet_pton(AF_INET6, text, &six) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&six) ||
		       (inet_pton(AF_INET6, "fd00:ec2::23", &agent) == 1 &&
			       memcmp(&six, &agent, sizeof(agent)) == 0));
}

bool provider_is_trusted(const char *text)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL;
	bool result =
		url != NULL &&
		curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

	result = result && (strcmp(scheme, "https") == 0 ||
				   (strcmp(scheme, "http") == 0 && is_local_host(host)));
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(url);
	return result;
}

/* -- Containers (ECS, EKS) ---------------------------------------------- */

/* Writes "Authorization: TOKEN", or nothing if no token is configured. */
static int put_authorization(struct buffer *header, struct error *err)
{
	const char *file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct buffer text = { 0 };
	int result = 0;

	if (file != NULL) {
		result = read_token(&text, file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", err);
		token = buffer_text(&text);
	}
	if (result == 0 && token != NULL) {
		buffer_printf(header, "Authorization: %s", token);
	}
	buffer_finish(&text);
	return result;
}

static int request_container(
	struct credentials *credentials, const char *url, struct error *err)
{
	struct buffer header = { 0 };
	const char *headers[2] = { NULL, NULL };
	struct transfer transfer = { 0 };
	int result = put_authorization(&header, err);

	headers[0] = header.length > 0 ? buffer_text(&header) : NULL;
	const struct transfer_request request = { .url = url,
		.headers = headers,
		.answer_max = ANSWER_BYTES_MAX,
		.local = true,
		.secret = true,
		.timeout = 5000 };
	if (result == 0) {
		result = send_request(&transfer, &request, err);
	}
	if (result == 0) {
		result = read_json(credentials, &transfer.body, url, err);
	}
	buffer_finish(&header);
	transfer_finish(&transfer);
	return result;
}

static int from_container(struct credentials *credentials, struct error *err)
{
	const char *relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
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
	result = request_container(credentials, buffer_text(&url), err);
	buffer_finish(&url);
	return result;
}

/* -- Instances (IMDSv2) ------------------------------------------------- */

/* Sends one request without repetition: there may be no instance. */
static int request_instance(
	struct transfer *transfer, const char *method, const char *path, const char *header)
{
	const char *const headers[] = { header, NULL };
	const char *base = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct buffer url = { 0 };
	enum transfer_outcome outcome;

	buffer_printf(&url, "%s%s", base != NULL ? base : "http://169.254.169.254", path);
	const struct transfer_request request = { .method = method,
		.url = buffer_text(&url),
		.headers = headers,
		.answer_max = ANSWER_BYTES_MAX,
		.local = true,
		.secret = true,
		.connect_timeout = INSTANCE_TIMEOUT_MS,
		.timeout = 2 * INSTANCE_TIMEOUT_MS };
	outcome = transfer_once(transfer, &request);
	buffer_finish(&url);
	return outcome == TRANSFER_ANSWERED && transfer->status == 200 ? 0 : -1;
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static int request_role(struct credentials *credentials, struct transfer *transfer,
	const char *header, struct error *err)
{
	struct buffer path = { 0 };
	int result = 0;

	if (request_instance(transfer, NULL, ROLES, header) == 0 && transfer->body.length > 0) {
		buffer_puts(&path, ROLES);
		buffer_append(&path, transfer->body.data,
			strcspn(buffer_text(&transfer->body), "\r\n"));
		result = request_instance(transfer, NULL, buffer_text(&path), header) == 0
				 ? read_json(credentials, &transfer->body, "instance metadata",
					   err)
				 : error_set(err, "instance metadata: the role's credentials "
						  "cannot be read");
	}
	buffer_finish(&path);
	return result;
}

static int from_instance(struct credentials *credentials, struct error *err)
{
	const char *disabled = environment("AWS_EC2_METADATA_DISABLED");
	struct transfer transfer = { 0 };
	struct buffer header = { 0 };
	int result = 0;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0) {
		return 0;
	}
	if (request_instance(&transfer, "PUT", "/latest/api/token",
		    "X-aws-ec2-metadata-token-ttl-seconds: 21600") == 0) {
		buffer_printf(
			&header, "X-aws-ec2-metadata-token: %s", buffer_text(&transfer.body));
		result = request_role(credentials, &transfer, buffer_text(&header), err);
	}
	buffer_finish(&header);
	transfer_finish(&transfer);
	return result;
}

/* -- Web identity (STS) ------------------------------------------------- */

static void take_sts_element(void *arg, const char *name, const char *text)
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
	const char *session = environment("AWS_ROLE_SESSION_NAME");
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
		.answer_max = ANSWER_BYTES_MAX,
		.secret = true };
	result = send_request(&transfer, &request, err);
	if (result == 0) {
		result = xml_read(transfer.body.data, transfer.body.length, take_sts_element,
			credentials, err);
	}
	if (result == 0 && (credentials->id == NULL || credentials->secret == NULL)) {
		result = error_set(err, "STS answered without credentials");
	}
	explicit_bzero(body.data, body.capacity);
	buffer_finish(&body);
	buffer_finish(&url);
	transfer_finish(&transfer);
	return result == 0 ? FOUND : -1;
}

static int from_web_identity(struct credentials *credentials, struct error *err)
{
	const char *file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *role = environment("AWS_ROLE_ARN");
	struct buffer token = { 0 };
	int result;

	if (file == NULL || role == NULL) {
		return 0;
	}
	result = read_token(&token, file, "AWS_WEB_IDENTITY_TOKEN_FILE", err);
	if (result == 0) {
		result = assume_role(credentials, &token, role, err);
	}
	buffer_finish(&token);
	return result;
}

static int from_environment(struct credentials *credentials, struct error *err)
{
	const char *id = environment("AWS_ACCESS_KEY_ID");
	const char *secret = environment("AWS_SECRET_ACCESS_KEY");

	if (id == NULL && secret == NULL) {
		return 0;
	}
	if (id == NULL || secret == NULL) {
		return error_set(err, "AWS_%s is set, AWS_%s is not",
			id != NULL ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY",
			id != NULL ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID");
	}
	*credentials = (struct credentials){ credentials_text(id), credentials_text(secret),
		credentials_text(environment("AWS_SESSION_TOKEN")), 0 };
	return FOUND;
}

/* -- The chain ---------------------------------------------------------- */

int credentials_fetch(struct credentials *credentials, struct error *err)
{
	/* The container comes before the instance, so that it does not assume the instance's
	 * role. */
	static int (*const providers[])(
		struct credentials * credentials, struct error * err) = {
		from_environment,
		from_web_identity,
		from_container,
		from_instance,
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]) && result == 0; i++) {
		result = providers[i](credentials, err);
	}
	if (result < 0) {
		credentials_finish(credentials);
		error_prefix(err, "looking for AWS credentials: ");
	}
	return result < 0 ? -1 : 0;
}
