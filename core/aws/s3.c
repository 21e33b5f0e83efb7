#include "aws/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/transfer.h"
#include "aws/xml.h"
#include "base/number.h"
#include "base/url.h"
#include "base/utf8.h"

enum {
	ANSWER_MAX = 16 * 1024 * 1024,
	ERROR_PART_MAX = 256,
	CORRECTIONS_MAX = 2 /* another region, other credentials */
};

/* The hash of an empty body, which S3 requires as a header. */
static const char *const no_body[] = {
	"x-amz-content-sha256: "
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	NULL
};

/* -- URIs --------------------------------------------------------------- */

static bool is_bucket(const char *name, size_t length)
{
	return length >= 3 && length <= S3_BUCKET_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") >= length;
}

int s3_parse(const char *uri, struct s3_bucket *bucket, const char **key, struct error *err)
{
	const char *name = uri + strlen("s3://");
	size_t length = strcspn(name, "/");

	if (!is_bucket(name, length)) {
		error_set(err, "'%s': this is no name of a bucket", uri);
		return error_hint(err,
			"s3://BUCKET/KEY or s3://BUCKET/PREFIX; a bucket has 3 to 63 lower-case "
			"letters, digits, dots and hyphens");
	}
	memcpy(bucket->name, name, length);
	bucket->name[length] = '\0';
	snprintf(bucket->region, sizeof(bucket->region), "%s", endpoint_region());
	*key = name + length + (name[length] == '/');
	if (strlen(*key) > S3_KEY_MAX) {
		return error_set(
			err, "'%s': object keys have at most %d bytes", uri, S3_KEY_MAX);
	}
	return 0;
}

/* Whether the bucket goes into the path: a dot in the host name would not match the
 * certificate, and another endpoint may not resolve bucket names. */
static bool is_in_path(const struct s3_bucket *bucket)
{
	return endpoint_is_set("s3") || strchr(bucket->name, '.') != NULL;
}

void s3_put_url(struct buffer *url, const struct s3_bucket *bucket, const char *key)
{
	if (is_in_path(bucket)) {
		endpoint_put(url, "s3", bucket->region);
		buffer_printf(url, "/%s/", bucket->name);
	} else {
		buffer_printf(url, "https://%s.s3.%s.%s/", bucket->name, bucket->region,
			endpoint_domain(bucket->region));
	}
	while (*key != '\0') {
		size_t length = strcspn(key, "/");

		url_encode(url, key, length);
		key += length;
		if (*key == '/') {
			buffer_putc(url, '/');
			key++;
		}
	}
}

/* -- Requests ----------------------------------------------------------- */

struct s3_error {
	char code[ERROR_PART_MAX], message[ERROR_PART_MAX], region[S3_REGION_MAX];
};

static void take_error(void *arg, const char *name, const char *text)
{
	struct s3_error *error = arg;

	if (strcmp(name, "Code") == 0) {
		utf8_show(error->code, sizeof(error->code), text, strlen(text));
	} else if (strcmp(name, "Message") == 0) {
		utf8_show(error->message, sizeof(error->message), text, strlen(text));
	} else if (strcmp(name, "Region") == 0) {
		snprintf(error->region, sizeof(error->region), "%s", text);
	}
}

static struct s3_error read_error(const struct transfer *transfer)
{
	struct s3_error error = { 0 };
	struct error ignored = { 0 };
	const char *region = transfer_header(transfer, "x-amz-bucket-region");

	if (transfer->body.length > 0) {
		xml_read(transfer->body.data, transfer->body.length, take_error, &error,
			&ignored);
	}
	if (region != NULL) {
		snprintf(error.region, sizeof(error.region), "%s", region);
	}
	return error;
}

static const struct {
	const char *code, *hint;
} hints[] = {
	{ "AccessDenied",
		"the role needs s3:ListBucket on the bucket and s3:GetObject on its "
		"objects; for a bucket that anybody may read set ALMANAC_S3_UNSIGNED=yes" },
	{ "NoSuchBucket", "check the bucket's name" },
	{ "SignatureDoesNotMatch", "check AWS_SECRET_ACCESS_KEY" },
	{ "InvalidAccessKeyId", "check AWS_ACCESS_KEY_ID" },
	{ "ExpiredToken", "the credentials have expired: get new ones" },
	{ "RequestTimeTooSkewed", "set this machine's clock" },
};

int s3_fail(const struct transfer *transfer, struct error *err)
{
	const struct s3_error answer = read_error(transfer);

	error_set(err, "S3 answered with status %ld%s%s%s%s", transfer->status,
		answer.code[0] != '\0' ? ", " : "", answer.code,
		answer.message[0] != '\0' ? ": " : "", answer.message);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (strcmp(hints[i].code, answer.code) == 0) {
			return error_hint(err, "%s", hints[i].hint);
		}
	}
	return -1;
}

static int request_once(struct s3_bucket *bucket, struct transfer *transfer, const char *method,
	const char *key, const char *query, struct credentials *credentials, struct error *err)
{
	struct buffer url = { 0 };
	int result = bucket->unsigned_ ? 0 : aws_credentials(bucket->aws, credentials, err);

	s3_put_url(&url, bucket, key);
	buffer_puts(&url, query);
	const struct transfer_request request = { .method = method,
		.url = buffer_text(&url),
		.headers = no_body,
		.answer_max = ANSWER_MAX,
		.credentials = credentials,
		.service = "s3",
		.region = bucket->region,
		.stop = bucket->stop };
	if (result == 0) {
		result = transfer_run(transfer, &request, err);
	}
	buffer_finish(&url);
	return result;
}

/* Whether the answer names another region for the bucket, which is remembered. */
static bool has_moved(struct s3_bucket *bucket, const struct transfer *transfer)
{
	struct s3_error answer;

	if (transfer->status != 301 && transfer->status != 307 && transfer->status != 400) {
		return false;
	}
	answer = read_error(transfer);
	if (answer.region[0] == '\0' || strcmp(answer.region, bucket->region) == 0) {
		return false;
	}
	memcpy(bucket->region, answer.region, sizeof(bucket->region));
	return true;
}

/* Whether the credentials have expired and may be refreshed. An answer to HEAD has no body with
 * a reason. */
static bool should_refresh(struct s3_bucket *bucket, struct transfer *transfer,
	const struct credentials *credentials)
{
	bool may_be_expired = transfer->status == 400 && transfer->body.length == 0 &&
			      credentials->token != NULL;

	return (may_be_expired || transfer_says_expired(transfer)) &&
	       aws_refused(bucket->aws, credentials);
}

static int request(struct s3_bucket *bucket, struct transfer *transfer, const char *method,
	const char *key, const char *query, struct error *err)
{
	struct credentials credentials = { 0 };
	int result = request_once(bucket, transfer, method, key, query, &credentials, err);

	for (int i = 0;
		i < CORRECTIONS_MAX && result == 0 &&
		(has_moved(bucket, transfer) || should_refresh(bucket, transfer, &credentials));
		i++) {
		result = request_once(bucket, transfer, method, key, query, &credentials, err);
	}
	credentials_finish(&credentials);
	return result;
}

/* -- One object --------------------------------------------------------- */

int s3_head(
	struct s3_bucket *bucket, const char *key, char *etag, int64_t *size, struct error *err)
{
	struct transfer transfer = { 0 };
	int result = request(bucket, &transfer, "HEAD", key, "", err);
	const char *length;

	if (result == 0 && transfer.status == 200) {
		transfer_strong_etag(&transfer, etag, S3_ETAG_MAX);
		length = transfer_header(&transfer, "content-length");
		result = length != NULL && number_parse_integer(length, strlen(length), size) &&
					 *size >= 0
				 ? 1
				 : error_set(err, "S3 does not say how long the object is");
	}
	transfer_finish(&transfer);
	return result;
}

/* -- Listing ------------------------------------------------------------ */

/* One page of a listing, filled element by element; an object is complete at the end of its
 * <Contents>. */
struct page {
	int (*take)(void *arg, const struct s3_object *object, struct error *err);
	void *arg;
	struct error *err;
	int result;
	struct buffer token, next_token; /* continuation tokens of this page and the next */
	struct arena arena;
	const char *key, *flaw; /* of the object that is read; NULL: not known yet */
	char etag[S3_ETAG_MAX];
	int64_t size; /* -1: not known yet */
	bool is_list, truncated;
};

static void begin_object(struct page *page)
{
	page->key = page->flaw = NULL;
	page->etag[0] = '\0';
	page->size = -1;
}

static void end_object(struct page *page)
{
	const struct s3_object object = {
		.key = page->key, .flaw = page->flaw, .etag = page->etag, .size = page->size
	};

	if (page->result == 0 && (page->key == NULL || page->size < 0)) {
		page->result = error_set(page->err, "S3 lists an object without key or size");
	}
	if (page->result == 0) {
		page->result = page->take(page->arg, &object, page->err);
	}
	begin_object(page);
}

/* Headers have the tag in quotes, listings of some servers do not. */
static void take_etag(struct page *page, const char *text)
{
	const char *quote = text[0] == '"' || text[0] == '\0' ? "" : "\"";

	if (utf8_is_plain(text, strlen(text)) && strlen(text) + 2 < sizeof(page->etag)) {
		snprintf(page->etag, sizeof(page->etag), "%s%s%s", quote, text, quote);
	}
}

/* Keys come percent-encoded: XML could not hold all of their characters. */
static void take_key(struct page *page, const char *text)
{
	struct url_text key;
	size_t length = strlen(text);

	page->flaw = url_decode(&page->arena, URL_QUERY, text, length, &key);
	page->key = page->flaw == NULL ? key.text : arena_copy(&page->arena, text, length);
}

static void take_element(void *arg, const char *name, const char *text)
{
	struct page *page = arg;

	if (strcmp(name, "Key") == 0) {
		take_key(page, text);
	} else if (strcmp(name, "ETag") == 0) {
		take_etag(page, text);
	} else if (strcmp(name, "Size") == 0) {
		number_parse_integer(text, strlen(text), &page->size);
	} else if (strcmp(name, "Contents") == 0) {
		end_object(page);
	} else if (strcmp(name, "IsTruncated") == 0) {
		page->truncated = strcmp(text, "true") == 0;
	} else if (strcmp(name, "NextContinuationToken") == 0) {
		buffer_puts(&page->next_token, text);
	} else if (strcmp(name, "ListBucketResult") == 0) {
		page->is_list = true;
	}
}

/* The parameters in byte order, as the signature requires. */
static void put_query(struct buffer *query, struct buffer *token, const char *prefix)
{
	query->length = 0;
	buffer_puts(query, "?");
	if (token->length > 0) {
		buffer_puts(query, "continuation-token=");
		url_encode(query, token->data, token->length);
		buffer_puts(query, "&");
	}
	buffer_puts(query, "encoding-type=url&list-type=2&prefix=");
	url_encode(query, prefix, strlen(prefix));
}

static bool same_text(const struct buffer *a, const struct buffer *b)
{
	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* Checks for a next page: an incomplete listing taken for complete would silently skip objects.
 */
static int check_page(const struct page *page)
{
	if (!page->is_list) {
		error_set(page->err, "the answer is no list of objects");
		return error_hint(page->err, "is AWS_ENDPOINT_URL the address of S3?");
	}
	if (page->truncated &&
		(page->next_token.length == 0 || same_text(&page->next_token, &page->token))) {
		return error_set(page->err,
			"S3 says that its list goes on, but not where (NextContinuationToken)");
	}
	return 0;
}

static void turn_page(struct page *page)
{
	struct buffer token = page->token;

	page->token = page->next_token;
	page->next_token = token;
	page->next_token.length = 0;
}

static int list_page(struct s3_bucket *bucket, struct transfer *transfer, struct page *page,
	const char *prefix)
{
	struct buffer query = { 0 };

	put_query(&query, &page->token, prefix);
	page->is_list = page->truncated = false;
	begin_object(page);
	page->result = request(bucket, transfer, NULL, "", buffer_text(&query), page->err);
	buffer_finish(&query);
	arena_reset(&page->arena);
	if (page->result == 0 && transfer->status != 200) {
		page->result = s3_fail(transfer, page->err);
	}
	if (page->result == 0 && xml_read(transfer->body.data, transfer->body.length,
					 take_element, page, page->err) < 0) {
		page->result = -1;
	}
	if (page->result == 0) {
		page->result = check_page(page);
	}
	turn_page(page);
	return page->result;
}

int s3_list(struct s3_bucket *bucket, const char *prefix,
	int (*take)(void *arg, const struct s3_object *object, struct error *err), void *arg,
	struct error *err)
{
	struct transfer transfer = { 0 };
	struct page page = { .take = take, .arg = arg, .err = err };

	arena_init(&page.arena);
	do {
		list_page(bucket, &transfer, &page, prefix);
	} while (page.result == 0 && page.truncated);
	arena_finish(&page.arena);
	buffer_finish(&page.token);
	buffer_finish(&page.next_token);
	transfer_finish(&transfer);
	return page.result;
}
