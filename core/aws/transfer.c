#include "aws/transfer.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"
#include "config.h"

enum {
	CONNECT_TIMEOUT_MS = 5000,
	ATTEMPT_MS = 3000,     /* of timed_request(): most answers take some 100 */
	LAST_ATTEMPT_MS = 500, /* left at least when timed_request() begins another */
	STALLED_S = 30,        /* without a byte, after which a transfer fails */
	REDIRECTIONS_MAX = 5,
	DELAY_FIRST_MS = 100,
	DELAY_MAX_MS = 5000,
	DELAY_SLICE_MS = 100,        /* between two looks at the stop flag */
	ERROR_BYTES_MAX = 16 * 1024, /* kept of the body of an error */
	ERROR_SHOWN_MAX = 200        /* of them in messages */
};

/* Initialises libcurl, on first use only: it takes milliseconds. */
static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void transfer_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_curl);
}

/* -- Setting up --------------------------------------------------------- */

/* The body of an error may be longer than the answer that was expected; the status decides. */
static size_t take_error(struct transfer *transfer, const char *bytes, size_t length)
{
	size_t room = ERROR_BYTES_MAX - transfer->body.length;

	buffer_append(&transfer->body, bytes, length < room ? length : room);
	transfer->cut = length > room;
	return transfer->cut ? 0 : length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	size_t length = size * count;
	long status = 0;

	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 != 2) {
		return take_error(transfer, bytes, length);
	}
	if (length > transfer->body_max - transfer->body.length) {
		return 0; /* curl ends the transfer */
	}
	buffer_append(&transfer->body, bytes, length);
	return length;
}

/* Rejects control characters, a line end above all, which would inject headers. The value may
 * be secret and is not shown. */
static bool check_header(struct transfer *transfer, const char *what, const char *value)
{
	for (const char *c = value; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			snprintf(transfer->why, sizeof(transfer->why),
				"%.*s would hold control characters, such as line ends, and is "
				"not sent",
				(int)strcspn(what, ":"), what);
			transfer->malformed = true;
			return false;
		}
	}
	return true;
}

static void add_header(struct transfer *transfer, const char *line)
{
	if (!check_header(transfer, line, line)) {
		return;
	}
	transfer->headers = curl_slist_append(transfer->headers, line);
}

static bool is_signed(const struct transfer_request *request)
{
	return request->credentials != NULL && request->credentials->id != NULL;
}

static void set_headers(struct transfer *transfer, const struct transfer_request *request)
{
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
	for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
		add_header(transfer, request->headers[i]);
	}
	if (!is_signed(request)) {
		add_header(transfer, "Expect:"); /* no 100-continue; curl would sign it */
	}
	curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
}

/* Curl signs what is in canonical form already: see docs/decisions.md. */
static void sign(struct transfer *transfer, const struct transfer_request *request)
{
	const struct credentials *credentials = request->credentials;
	struct buffer text = { 0 };

	if (!is_signed(request)) {
		return;
	}
	check_header(transfer, "the id of the AWS credentials", credentials->id);
	buffer_printf(&text, "aws:amz:%s:%s", request->region, request->service);
	check_header(transfer, "the name of the AWS region", buffer_text(&text));
	curl_easy_setopt(transfer->curl, CURLOPT_AWS_SIGV4, buffer_text(&text));
	text.length = 0;
	curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, credentials->id);
	curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD, credentials->secret);
	if (credentials->token != NULL) {
		buffer_printf(&text, "x-amz-security-token: %s", credentials->token);
		add_header(transfer, buffer_text(&text));
		curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
	}
	explicit_bzero(text.data, text.capacity);
	buffer_finish(&text);
}

/* Progress callback of curl; not 0 aborts the transfer. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct transfer *transfer = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return transfer_is_stopped(transfer->stop);
}

static void set_options(struct transfer *transfer, const struct transfer_request *request)
{
	CURL *curl = transfer->curl;
	const char *authorities = getenv("AWS_CA_BUNDLE"); /* as the AWS SDKs have it */

	if (request->body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(
			curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
	}
	if (request->method != NULL && strcmp(request->method, "HEAD") == 0) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	} else if (request->method != NULL) {
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	}
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		request->connect_timeout > 0 ? request->connect_timeout
					     : (long)CONNECT_TIMEOUT_MS);
	if (request->timeout > 0) {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request->timeout);
	} else if (!request->local) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALLED_S);
	}
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (request->follow) {
		curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTIONS_MAX);
		curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	}
	if (request->local) {
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	}
	if (request->stop != NULL) {
		curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
		curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	}
	if (authorities != NULL && authorities[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
	}
}

int transfer_prepare(struct transfer *transfer, const struct transfer_request *request)
{
	transfer_init();
	if (transfer->curl == NULL) {
		transfer->curl = curl_easy_init();
	} else {
		curl_easy_reset(transfer->curl);
	}
	transfer->body.length = 0;
	transfer->body_max = request->answer_max;
	transfer->stop = request->stop;
	transfer->malformed = transfer->cut = false;
	transfer->status = 0;
	transfer->why[0] = '\0';
	curl_easy_setopt(transfer->curl, CURLOPT_URL, request->url);
	curl_easy_setopt(transfer->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_USERAGENT, "almanac/" ALMANAC_VERSION);
	curl_easy_setopt(transfer->curl, CURLOPT_ERRORBUFFER, transfer->why);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(transfer->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	set_options(transfer, request);
	set_headers(transfer, request);
	sign(transfer, request);
	return transfer->malformed ? -1 : 0;
}

/* -- Outcomes and repetition -------------------------------------------- */

/* Whether another attempt may succeed; the other codes are permanent. */
static bool is_transient(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_SSL_CONNECT_ERROR:
		return true;
	default:
		return false;
	}
}

static bool body_contains(struct transfer *transfer, const char *text)
{
	return strstr(buffer_text(&transfer->body), text) != NULL;
}

bool transfer_says_expired(struct transfer *transfer)
{
	return transfer->status / 100 == 4 &&
	       (body_contains(transfer, "ExpiredToken") ||
		       body_contains(transfer, "The provided token has expired"));
}

/* Whether the answer asks for a retry. AWS throttles with status 400 too: S3, Secrets Manager,
 * and STS for its identity providers. */
static bool asks_for_retry(struct transfer *transfer)
{
	static const char *const codes[] = { "Throttl", "RequestTimeout", "SlowDown",
		"InternalFailure", "InternalServiceError", "TooManyRequestsException",
		"IDPCommunicationError" };

	if (transfer->status == 429 || (transfer->status >= 500 && transfer->status != 501)) {
		return true;
	}
	for (size_t i = 0; transfer->status == 400 && i < sizeof(codes) / sizeof(codes[0]);
		i++) {
		if (body_contains(transfer, codes[i])) {
			return true;
		}
	}
	return false;
}

enum transfer_outcome transfer_judge(struct transfer *transfer, CURLcode code)
{
	if (code == CURLE_OK || code == CURLE_HTTP_RETURNED_ERROR || transfer->cut) {
		curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &transfer->status);
		return asks_for_retry(transfer) ? TRANSFER_AGAIN : TRANSFER_ANSWERED;
	}
	if (transfer->why[0] == '\0') {
		snprintf(transfer->why, sizeof(transfer->why), "%s", curl_easy_strerror(code));
	}
	if (code == CURLE_WRITE_ERROR) {
		snprintf(transfer->why, sizeof(transfer->why),
			"the answer is longer than the %zu bytes that it may have",
			transfer->body_max);
	}
	return is_transient(code) ? TRANSFER_AGAIN : TRANSFER_REFUSED;
}

enum transfer_outcome transfer_once(
	struct transfer *transfer, const struct transfer_request *request)
{
	if (transfer_prepare(transfer, request) < 0) {
		return TRANSFER_REFUSED;
	}
	return transfer_judge(transfer, curl_easy_perform(transfer->curl));
}

int transfer_delay(unsigned attempt)
{
	unsigned delay = (unsigned)DELAY_FIRST_MS << (attempt < 8 ? attempt - 1 : 7);
	struct timespec now;

	delay = delay < DELAY_MAX_MS ? delay : (unsigned)DELAY_MAX_MS;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)(delay / 2 + (unsigned long)now.tv_nsec / 1000 % (delay / 2 + 1));
}

bool transfer_is_stopped(const atomic_bool *stop)
{
	return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed);
}

void transfer_pause(unsigned attempt, const atomic_bool *stop)
{
	int left = transfer_delay(attempt);

	while (left > 0 && !transfer_is_stopped(stop)) {
		const struct timespec slice = { 0,
			(long)(left < DELAY_SLICE_MS ? left : DELAY_SLICE_MS) * 1000000 };

		nanosleep(&slice, NULL);
		left -= DELAY_SLICE_MS;
	}
}

int transfer_run(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	enum transfer_outcome outcome = transfer_once(transfer, request);

	for (unsigned i = 1; outcome == TRANSFER_AGAIN && i < TRANSFER_ATTEMPTS; i++) {
		transfer_pause(i, request->stop);
		if (transfer_is_stopped(request->stop)) {
			break;
		}
		outcome = transfer_once(transfer, request);
	}
	if (outcome == TRANSFER_ANSWERED) {
		return 0;
	}
	return transfer_fail(transfer, request, err);
}

const char *transfer_header(const struct transfer *transfer, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(transfer->curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
		       ? header->value
		       : NULL;
}

void transfer_strong_etag(const struct transfer *transfer, char *to, size_t size)
{
	const char *tag = transfer_header(transfer, "etag");
	bool serves = tag != NULL && tag[0] == '"' && strlen(tag) < size;

	/* A tag that could not be sent back as If-Match counts as none. */
	for (const char *c = tag; serves && *c != '\0'; c++) {
		serves = (unsigned char)*c >= 0x20 && *c != 0x7F;
	}
	snprintf(to, size, "%s", serves ? tag : "");
}

/* -- Errors ------------------------------------------------------------- */

int transfer_fail(const struct transfer *transfer, const struct transfer_request *request,
	struct error *err)
{
	int shown = (int)strcspn(request->url, "?");
	char said[ERROR_SHOWN_MAX + 1];

	if (transfer_is_stopped(request->stop)) {
		return error_set(err, "interrupted");
	}
	if (transfer->status == 0) {
		error_set(err, "%.*s: %s", shown, request->url, transfer->why);
		if (transfer->malformed) {
			return error_hint(err,
				"look at what the variable, file or service has that it "
				"comes from");
		}
		return error_hint(
			err, "is the service reachable from here, and its name right?");
	}
	if (request->secret) {
		return error_set(err, "%.*s answered with status %ld", shown, request->url,
			transfer->status);
	}
	utf8_show(said, sizeof(said), transfer->body.data != NULL ? transfer->body.data : "",
		transfer->body.length);
	return error_set(err, "%.*s answered with status %ld%s%s", shown, request->url,
		transfer->status, said[0] != '\0' ? ": " : "", said);
}

void transfer_finish(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->curl);
	curl_slist_free_all(transfer->headers);
	if (transfer->body.data != NULL) {
		explicit_bzero(transfer->body.data, transfer->body.capacity);
	}
	buffer_finish(&transfer->body);
	*transfer = (struct transfer){ 0 };
}

/* -- Requests with a deadline ------------------------------------------- */

int timed_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	struct transfer_request once = *request;
	int64_t end = clock_ms() + TIMED_REQUEST_MS, left = TIMED_REQUEST_MS;
	enum transfer_outcome outcome;
	unsigned attempt = 0;

	do {
		if (attempt > 0) {
			transfer_pause(attempt, request->stop);
		}
		once.timeout = left < ATTEMPT_MS ? (long)left : (long)ATTEMPT_MS;
		outcome = transfer_once(transfer, &once);
		left = end - clock_ms();
		attempt++;
	} while (outcome == TRANSFER_AGAIN && attempt < TRANSFER_ATTEMPTS &&
		 left > LAST_ATTEMPT_MS && !transfer_is_stopped(request->stop));
	return outcome == TRANSFER_ANSWERED ? 0 : transfer_fail(transfer, request, err);
}

/* Reads digits and the character after them. */
static bool read_number(const char **text, char after, int64_t *value)
{
	size_t length = strspn(*text, "0123456789");

	if ((*text)[length] != after || !number_parse_integer(*text, length, value)) {
		return false;
	}
	*text += length + (after != '\0');
	return true;
}

bool content_range_parse(const char *text, struct content_range *range)
{
	if (strncasecmp(text, "bytes ", strlen("bytes ")) != 0) {
		return false;
	}
	text += strlen("bytes ");
	if (!read_number(&text, '-', &range->first) || !read_number(&text, '/', &range->last)) {
		return false;
	}
	range->size = -1;
	if (strcmp(text, "*") != 0 && !read_number(&text, '\0', &range->size)) {
		return false;
	}
	return range->first <= range->last && (range->size < 0 || range->last < range->size);
}
