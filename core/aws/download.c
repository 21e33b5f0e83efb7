#include "aws/download.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/s3.h"
#include "aws/transfer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/number.h"

enum {
	PARTS = 4,                /* fetched concurrently */
	PART_BYTES = 1024 * 1024, /* the memory of a download is PARTS of them */
	POLL_MS = 200             /* latency of a stop */
};

enum part_state { PART_IDLE, PART_WAITING, PART_RUNNING, PART_DONE };

/* A range of the object. */
struct part {
	enum part_state state;
	int64_t start;
	size_t length;
	unsigned attempts;
	int64_t due; /* time of the next attempt, ms of clock_ms() */
	struct credentials credentials;
	bool renewed; /* they were refreshed once */
	struct transfer transfer;
};

struct downloader {
	struct aws *aws;
	const atomic_bool *stop;
	CURLM *multi;
	struct part parts[PARTS]; /* a ring; their connections stay open */
	struct download *open;
};

struct download {
	struct downloader *downloader;
	const struct download_source *source;
	size_t first; /* the part that is read from */
	int64_t next; /* where the part after the last begins */
	bool contradicted;
};

/* -- Threads' connections ------------------------------------------------ */

struct downloader *downloader_create(struct aws *aws, const atomic_bool *stop)
{
	struct downloader *downloader = memory_new(struct downloader);

	downloader->aws = aws;
	downloader->stop = stop;
	transfer_init();
	downloader->multi = curl_multi_init();
	return downloader;
}

void downloader_destroy(struct downloader *downloader)
{
	if (downloader == NULL) {
		return;
	}
	assert(downloader->open == NULL);
	for (size_t i = 0; i < PARTS; i++) {
		transfer_finish(&downloader->parts[i].transfer);
	}
	curl_multi_cleanup(downloader->multi);
	free(downloader);
}

/* -- Parts --------------------------------------------------------------- */

static struct part *part_at(struct download *download, size_t i)
{
	return &download->downloader->parts[(download->first + i) % PARTS];
}

static int prefix_part(const struct part *part, struct error *err)
{
	return error_prefix(err,
		"bytes %lld to %lld cannot be fetched: ", (long long)part->start,
		(long long)part->start + (long long)part->length - 1);
}

static int fail_part(const struct part *part, const char *reason, struct error *err)
{
	error_set(err, "%s", reason);
	return prefix_part(part, err);
}

static int fail_part_status(
	const struct download *download, const struct part *part, struct error *err)
{
	if (download->source->s3) {
		s3_fail(&part->transfer, err);
	} else {
		error_set(err, "the server answered with status %ld", part->transfer.status);
	}
	if (part->attempts > 1) {
		error_prefix(err, "%u attempts: ", part->attempts);
	}
	return prefix_part(part, err);
}

/* A range that covers the whole object needs no header; an empty object is never requested. */
static bool is_whole_range(const struct download *download, const struct part *part)
{
	return part->start == 0 && (int64_t)part->length == download->source->size;
}

static void put_headers(const struct download *download, const struct part *part,
	char range[64], char match[DOWNLOAD_ETAG_MAX + 16], const char **headers)
{
	const struct download_source *source = download->source;

	if (!is_whole_range(download, part)) {
		snprintf(range, 64, "Range: bytes=%lld-%lld", (long long)part->start,
			(long long)part->start + (long long)part->length - 1);
		*headers++ = range;
	}
	if (source->etag[0] == '"') {
		snprintf(match, DOWNLOAD_ETAG_MAX + 16, "If-Match: %s", source->etag);
		*headers++ = match;
	}
	if (source->region != NULL) {
		*headers++ = "x-amz-content-sha256: "
			     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	}
	*headers = NULL;
}

static int start_part(struct download *download, struct part *part, struct error *err)
{
	const struct download_source *source = download->source;
	char range[64], match[DOWNLOAD_ETAG_MAX + 16];
	const char *headers[4];

	if (source->region != NULL &&
		aws_credentials(download->downloader->aws, &part->credentials, err) < 0) {
		return -1;
	}
	put_headers(download, part, range, match, headers);
	const struct transfer_request request = { .url = source->url,
		.headers = headers,
		.answer_max = part->length,
		.credentials = source->region != NULL ? &part->credentials : NULL,
		.service = "s3",
		.region = source->region,
		.follow = source->region == NULL };

	if (transfer_prepare(&part->transfer, &request) < 0) {
		return fail_part(part, part->transfer.why, err);
	}
	buffer_reserve(
		&part->transfer.body, part->length); /* the exact size, rather than doubling */
	curl_easy_setopt(part->transfer.curl, CURLOPT_PRIVATE, part);
	curl_multi_add_handle(download->downloader->multi, part->transfer.curl);
	part->state = PART_RUNNING;
	part->attempts++;
	return 0;
}

static int fail_contradicted(struct download *download, const struct part *part,
	const char *reason, struct error *err)
{
	download->contradicted = true;
	return fail_part(part, reason, err);
}

static bool is_success(const struct part *part)
{
	return part->transfer.status == 200 || part->transfer.status == 206;
}

/* Checks that the part is of the version that the download was opened with. */
static int check_version(struct download *download, const struct part *part, struct error *err)
{
	const char *known = download->source->etag;
	const char *etag = transfer_header(&part->transfer, "etag");

	if (part->transfer.status == 412 || (is_success(part) && known[0] != '\0' &&
						    etag != NULL && strcmp(etag, known) != 0)) {
		download->contradicted = true;
		error_set(err, "it was changed while it was read");
		return error_hint(err, "read it again when it is complete");
	}
	if (is_success(part) && known[0] != '\0' && etag == NULL) {
		return fail_contradicted(download, part,
			"the server does not say of which version they are (ETag)", err);
	}
	return 0;
}

static bool is_range_of(const struct download *download, const struct part *part)
{
	const char *text = transfer_header(&part->transfer, "content-range");
	struct content_range range;

	return text != NULL && content_range_parse(text, &range) &&
	       range.first == part->start &&
	       range.last == part->start + (int64_t)part->length - 1 &&
	       (range.size < 0 || range.size == download->source->size);
}

/* Checks that the answer holds the bytes of the part. */
static int check_part(struct download *download, struct part *part, struct error *err)
{
	const struct transfer *transfer = &part->transfer;

	if (check_version(download, part, err) < 0) {
		return -1;
	}
	if (transfer->status != (is_whole_range(download, part) ? 200 : 206)) {
		return fail_part_status(download, part, err);
	}
	if (transfer->status == 206 && !is_range_of(download, part)) {
		return fail_contradicted(download, part,
			"the server answered with others, or does not say which (Content-Range)",
			err);
	}
	if (transfer->body.length != part->length) {
		return fail_part(part, "the answer is too short", err);
	}
	part->state = PART_DONE;
	return 0;
}

/* Whether the server sent the whole object instead of a part: found early, since a part has no
 * room for more. */
static bool is_whole_object(const struct download *download, const struct part *part)
{
	long status = 0;

	curl_easy_getinfo(part->transfer.curl, CURLINFO_RESPONSE_CODE, &status);
	return status == 200 && !is_whole_range(download, part);
}

static void retry_part(struct part *part, int delay)
{
	part->state = PART_WAITING;
	part->due = clock_ms() + delay;
}

/* Whether the credentials have expired, and there may be others. */
static bool should_refresh(const struct download *download, struct part *part)
{
	return download->source->region != NULL && !part->renewed &&
	       transfer_says_expired(&part->transfer) &&
	       aws_refused(download->downloader->aws, &part->credentials);
}

static int end_part(
	struct download *download, struct part *part, CURLcode code, struct error *err)
{
	enum transfer_outcome outcome = transfer_judge(&part->transfer, code);

	curl_multi_remove_handle(download->downloader->multi, part->transfer.curl);
	if (is_whole_object(download, part)) {
		return fail_contradicted(
			download, part, "the server answered with all of it", err);
	}
	if (outcome == TRANSFER_ANSWERED && should_refresh(download, part)) {
		part->renewed = true;
		retry_part(part, 0);
		return 0;
	}
	if (outcome == TRANSFER_ANSWERED) {
		return check_part(download, part, err);
	}
	if (outcome == TRANSFER_AGAIN && part->attempts < TRANSFER_ATTEMPTS) {
		retry_part(part, transfer_delay(part->attempts));
		return 0;
	}
	return part->transfer.status != 0 ? fail_part_status(download, part, err)
					  : fail_part(part, part->transfer.why, err);
}

/* -- The window of parts ------------------------------------------------- */

/* Assigns the next ranges to idle parts and starts those that are due. */
static int start_parts(struct download *download, struct error *err)
{
	for (size_t i = 0; i < PARTS; i++) {
		struct part *part = part_at(download, i);
		int64_t left = download->source->size - download->next;

		if (part->state == PART_IDLE && left > 0) {
			part->start = download->next;
			part->length = left < PART_BYTES ? (size_t)left : PART_BYTES;
			part->attempts = 0;
			part->renewed = false;
			download->next += (int64_t)part->length;
			if (start_part(download, part, err) < 0) {
				return -1;
			}
		} else if (part->state == PART_WAITING && clock_ms() >= part->due &&
			   start_part(download, part, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int collect_parts(struct download *download, struct error *err)
{
	CURLM *multi = download->downloader->multi;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		struct part *part;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &part);
		if (end_part(download, part, code, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Runs transfers until the first part is complete. */
static int wait_for_first_part(struct download *download, struct error *err)
{
	CURLM *multi = download->downloader->multi;
	int running;

	for (;;) {
		if (start_parts(download, err) < 0 || collect_parts(download, err) < 0) {
			return -1;
		}
		if (part_at(download, 0)->state == PART_DONE) {
			return 0;
		}
		if (atomic_load_explicit(download->downloader->stop, memory_order_relaxed)) {
			return error_set(err, "interrupted");
		}
		curl_multi_perform(multi, &running);
		if (collect_parts(download, err) < 0) {
			return -1;
		}
		if (part_at(download, 0)->state != PART_DONE) {
			curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
		}
	}
}

static void drop_part(struct download *download, struct part *part)
{
	if (part->state == PART_RUNNING) {
		curl_multi_remove_handle(download->downloader->multi, part->transfer.curl);
	}
	credentials_finish(&part->credentials);
	part->state = PART_IDLE;
}

/* Starts again at an offset. */
static void rewind_to(struct download *download, int64_t offset)
{
	for (size_t i = 0; i < PARTS; i++) {
		drop_part(download, &download->downloader->parts[i]);
	}
	download->first = 0;
	download->next = offset;
}

static bool covers(const struct part *part, int64_t offset)
{
	return part->state != PART_IDLE && offset >= part->start &&
	       offset < part->start + (int64_t)part->length;
}

/* Makes the part with the offset the first, releasing the parts before it. */
static void move_to(struct download *download, int64_t offset)
{
	for (size_t i = 0; i < PARTS; i++) {
		struct part *part = part_at(download, 0);

		if (covers(part, offset)) {
			return;
		}
		drop_part(download, part);
		download->first = (download->first + 1) % PARTS;
	}
	rewind_to(download, offset);
}

/* ------------------------------------------------------------------------- */

struct download *download_open(
	struct downloader *downloader, const struct download_source *source)
{
	struct download *download = memory_new(struct download);

	assert(downloader->open == NULL && source->size >= 0);
	downloader->open = download;
	download->downloader = downloader;
	download->source = source;
	return download;
}

void download_close(struct download *download)
{
	if (download != NULL) {
		rewind_to(download, 0);
		download->downloader->open = NULL;
		free(download);
	}
}

bool download_is_contradicted(const struct download *download)
{
	return download->contradicted;
}

ssize_t download_read(
	struct download *download, char *to, size_t room, int64_t offset, struct error *err)
{
	const struct part *part;
	size_t skip, n;

	if (offset >= download->source->size) {
		return 0;
	}
	move_to(download, offset);
	if (wait_for_first_part(download, err) < 0) {
		return -1;
	}
	part = part_at(download, 0);
	skip = (size_t)(offset - part->start);
	n = part->length - skip < room ? part->length - skip : room;
	memcpy(to, part->transfer.body.data + skip, n);
	return (ssize_t)n;
}

/* -- Metadata ----------------------------------------------------------- */

static void read_metadata(
	const struct transfer *transfer, char *etag, int64_t *size, bool *ranges)
{
	const char *length = transfer_header(transfer, "content-length");
	const char *accepted = transfer_header(transfer, "accept-ranges");

	transfer_strong_etag(transfer, etag, DOWNLOAD_ETAG_MAX);
	*ranges = accepted != NULL && strcmp(accepted, "bytes") == 0;
	/* Some servers send 0, since an answer to HEAD has no body. */
	if (length == NULL || !number_parse_integer(length, strlen(length), size) ||
		*size == 0) {
		*size = -1;
	}
}

/* Some servers support GET alone, and some URLs are signed for GET. */
static bool may_answer_get(long status)
{
	return status / 100 == 4 ? status != 404 && status != 410 : status == 501;
}

int download_head(const char *url, const atomic_bool *stop, char *etag, int64_t *size,
	bool *ranges, struct error *err)
{
	const struct transfer_request request = {
		.method = "HEAD", .url = url, .answer_max = 1024, .follow = true, .stop = stop
	};
	struct transfer transfer = { 0 };
	int result = transfer_run(&transfer, &request, err);

	etag[0] = '\0';
	*size = -1;
	*ranges = false;
	if (result == 0 && transfer.status == 200) {
		read_metadata(&transfer, etag, size, ranges);
	} else if (result == 0 && !may_answer_get(transfer.status)) {
		result = error_set(err, "the server answered with status %ld", transfer.status);
	}
	transfer_finish(&transfer);
	return result;
}
