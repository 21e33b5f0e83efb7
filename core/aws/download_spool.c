#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/download.h"
#include "aws/transfer.h"
#include "base/number.h"
#include "base/utf8.h"

enum {
	MEBI = 1024 * 1024,
	ATTEMPTS_MAX = 100,  /* including those that made progress */
	VALIDATOR_AGE_S = 60 /* of Last-Modified, before it is a strong validator */
};

struct spool {
	const struct download_source *source;
	const atomic_bool *stop;
	struct transfer transfer;
	int fd;
	int write_errno;  /* of a failed write; 0: none */
	const char *flaw; /* of the answer; NULL: none */
	bool resumed;     /* the request asks for the rest only */
	bool begun;       /* the head of the answer was checked */
	bool too_big;     /* more than spool_max */
	/* Of the version in the file: */
	int64_t length;                    /* bytes in the file */
	int64_t size;                      /* of the object; -1: not known */
	bool framed;                       /* a truncated answer is detected */
	char etag[DOWNLOAD_ETAG_MAX];      /* strong; "": none */
	char validator[DOWNLOAD_ETAG_MAX]; /* for If-Range; "": it cannot be resumed */
};

/* -- The head of an answer ------------------------------------------------ */

static bool is_chunked(const struct transfer *transfer)
{
	const char *coding = transfer_header(transfer, "transfer-encoding");

	return coding != NULL && strcasestr(coding, "chunked") != NULL;
}

/* The length of the body; a chunked one has none, whatever Content-Length says. */
static int64_t read_size(const struct transfer *transfer)
{
	const char *length = transfer_header(transfer, "content-length");
	int64_t size;

	if (length == NULL || is_chunked(transfer) ||
		!number_parse_integer(length, strlen(length), &size)) {
		return -1;
	}
	return size;
}

/* Last-Modified, if it is a strong validator (RFC 9110, 8.8.2.2 and 13.1.5); else "". */
static const char *find_last_modified(const struct transfer *transfer)
{
	const char *modified = transfer_header(transfer, "last-modified");
	const char *date = transfer_header(transfer, "date");
	time_t then, now;

	if (modified == NULL || date == NULL || strlen(modified) >= DOWNLOAD_ETAG_MAX ||
		!utf8_is_plain(modified, strlen(modified)) ||
		transfer_header(transfer, "etag") != NULL) {
		return "";
	}
	then = curl_getdate(modified, NULL);
	now = curl_getdate(date, NULL);
	return then >= 0 && now - then >= VALIDATOR_AGE_S ? modified : "";
}

/* Checks the limit; above it no further request is made. */
static bool has_room(struct spool *spool, int64_t bytes)
{
	spool->too_big |= bytes > spool->source->spool_max;
	return !spool->too_big;
}

/* Begins the file with the whole object, of any version. */
static int begin_whole(struct spool *spool)
{
	const struct transfer *transfer = &spool->transfer;
	const char *accepted = transfer_header(transfer, "accept-ranges");

	spool->length = 0;
	if (ftruncate(spool->fd, 0) < 0) {
		spool->write_errno = errno;
		return -1;
	}
	spool->size = read_size(transfer);
	spool->framed = spool->size >= 0 || is_chunked(transfer);
	transfer_strong_etag(transfer, spool->etag, sizeof(spool->etag));
	spool->validator[0] = '\0';
	if (accepted != NULL && strcmp(accepted, "bytes") == 0) {
		snprintf(spool->validator, sizeof(spool->validator), "%s",
			spool->etag[0] != '\0' ? spool->etag : find_last_modified(transfer));
	}
	return has_room(spool, spool->size) ? 0 : -1;
}

static int reject_answer(struct spool *spool, const char *flaw)
{
	spool->flaw = flaw;
	spool->validator[0] = '\0'; /* the next attempt starts over */
	return -1;
}

/* Continues the file, if the range fits it. */
static int begin_rest(struct spool *spool)
{
	const char *text = transfer_header(&spool->transfer, "content-range");
	char etag[DOWNLOAD_ETAG_MAX];
	struct content_range range;

	transfer_strong_etag(&spool->transfer, etag, sizeof(etag));
	if (strcmp(etag, spool->etag) != 0) {
		return reject_answer(spool, "it was changed while it was read");
	}
	if (text == NULL || !content_range_parse(text, &range) ||
		range.first != spool->length || range.last != range.size - 1 ||
		(spool->size >= 0 && spool->size != range.size)) {
		return reject_answer(
			spool, "the rest that the server answered with is another");
	}
	spool->size = range.size;
	spool->framed = true;
	return has_room(spool, spool->size) ? 0 : -1;
}

/* Checks the head of an answer. */
static int begin(struct spool *spool)
{
	long status = 0;

	curl_easy_getinfo(spool->transfer.curl, CURLINFO_RESPONSE_CODE, &status);
	spool->begun = true;
	return status == 206 && spool->resumed ? begin_rest(spool) : begin_whole(spool);
}

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
	struct spool *spool = arg;
	size_t length = size * count, done = 0;

	if ((!spool->begun && begin(spool) < 0) ||
		!has_room(spool, spool->length + (int64_t)length)) {
		return 0; /* curl ends the transfer */
	}
	while (done < length) {
		ssize_t n =
			pwrite(spool->fd, bytes + done, length - done, (off_t)spool->length);

		if (n < 0 && errno != EINTR) {
			spool->write_errno = errno;
			return 0;
		}
		done += n > 0 ? (size_t)n : 0;
		spool->length += n > 0 ? n : 0;
	}
	return length;
}

/* -- Completeness --------------------------------------------------------- */

/* Whether the tags do not tell it from the version that was listed. */
static bool may_be_same_version(const struct spool *spool)
{
	const char *known = spool->source->etag;

	return known[0] == '\0' || spool->etag[0] == '\0' || strcmp(known, spool->etag) == 0;
}

static bool is_same_version(const struct spool *spool)
{
	return spool->etag[0] != '\0' && strcmp(spool->source->etag, spool->etag) == 0;
}

/* Checks the length. An answer that ends with its connection must be as long as the listed
 * object, unless it is another version; one whose completeness nothing proves gets no tag, so
 * that it is read again in the next run. */
static int check_end(struct spool *spool)
{
	int64_t expected = spool->source->size;

	if (spool->size >= 0 && spool->length != spool->size) {
		return reject_answer(spool, "the answer is too short");
	}
	if (expected >= 0 && spool->length != expected &&
		(is_same_version(spool) || (!spool->framed && may_be_same_version(spool)))) {
		spool->flaw = "the answer has another length than the object is said to have";
		if (spool->framed || spool->length > expected) {
			spool->validator[0] = '\0';
		}
		return -1;
	}
	if (!spool->framed && (expected < 0 || !may_be_same_version(spool))) {
		spool->etag[0] = '\0';
	}
	return 0;
}

static bool is_answer(const struct spool *spool)
{
	return spool->transfer.status == 200 ||
	       (spool->transfer.status == 206 && spool->resumed);
}

static bool is_range_refused(const struct spool *spool)
{
	return spool->resumed &&
	       (spool->transfer.status == 416 || spool->transfer.status == 412);
}

static enum transfer_outcome judge(struct spool *spool, CURLcode code)
{
	enum transfer_outcome outcome = transfer_judge(&spool->transfer, code);

	if (outcome == TRANSFER_ANSWERED && is_answer(spool) &&
		(spool->begun || begin(spool) == 0)) {
		check_end(spool);
	}
	if (outcome == TRANSFER_ANSWERED && is_range_refused(spool)) {
		reject_answer(spool, "the server has nothing from where the last answer ended");
	}
	return spool->flaw != NULL ? TRANSFER_AGAIN : outcome;
}

/* -- Attempts ------------------------------------------------------------- */

static enum transfer_outcome fetch(struct spool *spool)
{
	char range[64], match[DOWNLOAD_ETAG_MAX + 16];
	const char *const headers[] = { range, match, NULL };
	const struct transfer_request request = { .url = spool->source->url,
		.headers = spool->validator[0] != '\0' && spool->length > 0 ? headers : NULL,
		.follow = true,
		.stop = spool->stop };
	CURL *curl;

	spool->resumed = request.headers != NULL;
	spool->begun = false;
	spool->flaw = NULL;
	snprintf(range, sizeof(range), "Range: bytes=%lld-", (long long)spool->length);
	snprintf(match, sizeof(match), "If-Range: %s", spool->validator);
	if (transfer_prepare(&spool->transfer, &request) < 0) {
		return TRANSFER_REFUSED;
	}
	curl = spool->transfer.curl;
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, spool);
	return judge(spool, curl_easy_perform(curl));
}

/* Attempts that make progress do not count as failures. */
static enum transfer_outcome fetch_all(struct spool *spool)
{
	enum transfer_outcome outcome = fetch(spool);
	int64_t furthest = 0;
	unsigned fruitless = 0; /* in a row */

	for (unsigned i = 1; outcome == TRANSFER_AGAIN && i < ATTEMPTS_MAX; i++) {
		bool further = spool->validator[0] != '\0' && spool->length > furthest;

		furthest = further ? spool->length : furthest;
		fruitless = further ? 0 : fruitless + 1;
		if (fruitless == TRANSFER_ATTEMPTS) {
			break;
		}
		transfer_pause(fruitless > 0 ? fruitless : 1, spool->stop);
		if (transfer_is_stopped(spool->stop)) {
			break;
		}
		outcome = fetch(spool);
	}
	return outcome;
}

/* -- The file ------------------------------------------------------------- */

static int open_file(struct error *err)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	directory = directory != NULL && directory[0] != '\0' ? directory : "/tmp";
	fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		error_set(err, "no file can be made in '%s': %s", directory, strerror(errno));
		return error_hint(err,
			"the server answers no ranges, so all of the object has to "
			"be kept there; name another directory in TMPDIR");
	}
	return fd;
}

static int fail_room(const struct spool *spool, struct error *err)
{
	error_set(err,
		"its server sends it in one piece only, and it has more than the %lld MiB that may "
		"be kept",
		(long long)(spool->source->spool_max / MEBI));
	return error_hint(err, "if there is room for it in /tmp (or TMPDIR), raise "
			       "--max-spool-mib");
}

static int fail(const struct spool *spool, struct error *err)
{
	const struct transfer_request request = { .url = spool->source->url,
		.stop = spool->stop };

	if (spool->too_big) {
		return fail_room(spool, err);
	}
	if (spool->write_errno != 0) {
		error_set(err, "it cannot be kept: %s", strerror(spool->write_errno));
		return error_hint(err, "make room, or name another directory in TMPDIR");
	}
	if (spool->flaw != NULL && !transfer_is_stopped(spool->stop)) {
		return error_set(err, "it cannot be fetched: %s", spool->flaw);
	}
	return transfer_fail(&spool->transfer, &request, err);
}

int download_spool(const struct download_source *source, const atomic_bool *stop, char *etag,
	struct error *err)
{
	struct spool spool = { .source = source, .stop = stop, .size = -1 };
	enum transfer_outcome outcome;

	if (!has_room(&spool, source->size)) {
		return fail_room(&spool, err);
	}
	spool.fd = open_file(err);
	if (spool.fd < 0) {
		return -1;
	}
	outcome = fetch_all(&spool);
	if (outcome != TRANSFER_ANSWERED || !is_answer(&spool) || spool.write_errno != 0 ||
		spool.too_big) {
		fail(&spool, err);
		close(spool.fd);
		spool.fd = -1;
	}
	snprintf(etag, DOWNLOAD_ETAG_MAX, "%s", spool.etag);
	transfer_finish(&spool.transfer);
	return spool.fd;
}
