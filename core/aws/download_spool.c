#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/download.h"
#include "aws/transfer.h"

struct spool {
	int fd;
	int number; /* errno of a write that failed; 0: none */
	const atomic_bool *stop;
};

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
	struct spool *spool = arg;
	size_t length = size * count, done = 0;

	while (done < length) {
		ssize_t n = write(spool->fd, bytes + done, length - done);

		if (n < 0 && errno != EINTR) {
			spool->number = errno;
			return 0; /* curl ends the transfer */
		}
		done += n > 0 ? (size_t)n : 0;
	}
	return length;
}

/* Called by curl all the while; not 0: end. */
static int watch(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct spool *spool = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load_explicit(spool->stop, memory_order_relaxed);
}

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

static enum transfer_outcome fetch(
	struct transfer *transfer, const struct transfer_request *request, struct spool *spool)
{
	if (ftruncate(spool->fd, 0) < 0 || lseek(spool->fd, 0, SEEK_SET) < 0) {
		spool->number = errno;
		return TRANSFER_REFUSED;
	}
	transfer_prepare(transfer, request);
	curl_easy_setopt(transfer->curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEDATA, spool);
	curl_easy_setopt(transfer->curl, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(transfer->curl, CURLOPT_XFERINFODATA, spool);
	curl_easy_setopt(transfer->curl, CURLOPT_NOPROGRESS, 0L);
	return transfer_judge(transfer, curl_easy_perform(transfer->curl));
}

static int fail(const struct transfer *transfer, const struct transfer_request *request,
	const struct spool *spool, struct error *err)
{
	if (atomic_load(spool->stop)) {
		return error_set(err, "interrupted");
	}
	if (spool->number != 0) {
		error_set(err, "it cannot be kept: %s", strerror(spool->number));
		return error_hint(err, "make room, or name another directory in TMPDIR");
	}
	return transfer_fail(transfer, request, err);
}

int download_spool(const char *url, const atomic_bool *stop, struct error *err)
{
	const struct transfer_request request = { .url = url, .follow = true };
	struct spool spool = { .fd = open_file(err), .stop = stop };
	struct transfer transfer = { 0 };
	enum transfer_outcome outcome = TRANSFER_AGAIN;

	if (spool.fd < 0) {
		return -1;
	}
	for (unsigned i = 0; i < TRANSFER_ATTEMPTS && outcome == TRANSFER_AGAIN &&
			     !atomic_load(stop) && spool.number == 0;
		i++) {
		if (i > 0) {
			transfer_pause(i, stop);
		}
		outcome = fetch(&transfer, &request, &spool);
	}
	if (outcome != TRANSFER_ANSWERED || transfer.status != 200) {
		fail(&transfer, &request, &spool, err);
		close(spool.fd);
		spool.fd = -1;
	}
	transfer_finish(&transfer);
	return spool.fd;
}
