#include "ingest/input/lines.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	CHUNK = 128 *
		1024, /* bytes of one read: large for the kernel, small for the CPU cache */
	LINE_END = 2, /* CRLF */
	DOS_END = 0x1A
};

static const char byte_order_mark[] = "\xEF\xBB\xBF";
enum {
	BYTE_ORDER_MARK_LENGTH = sizeof(byte_order_mark) - 1,
	START = LINES_HEAD + BYTE_ORDER_MARK_LENGTH
};

struct lines {
	lines_read_fn *read;
	void *arg;
	size_t longest;
	char *buffer; /* `capacity` bytes, and one for a NUL behind the last */
	size_t capacity;
	size_t start, end; /* bytes read and not returned yet */
	size_t searched;   /* there is no LF between start and here */
	bool begun;        /* the byte order mark was checked */
	bool ended;        /* nothing more to read */
	bool nul;          /* a NUL was read */
	bool cr;           /* a CR was read */
	char ending;       /* LF, or CR without any LF in the first bytes */
	int64_t number;
	int64_t pending_blank; /* empty lines, which count only if another line follows */
	int64_t blank_due;     /* such lines still to be returned */
	char head[LINES_HEAD + 1];
	char excerpt[LINES_EXCERPT + 1];
};

struct lines *lines_create(size_t longest)
{
	struct lines *lines = memory_new(struct lines);

	assert(longest > 0);
	lines->longest = longest;
	lines->capacity = (longest + LINE_END > START ? longest + LINE_END : START) + CHUNK;
	lines->buffer = memory_resize(NULL, lines->capacity + 1, 1);
	return lines;
}

void lines_destroy(struct lines *lines)
{
	if (lines != NULL) {
		free(lines->buffer);
		free(lines);
	}
}

void lines_open(struct lines *lines, lines_read_fn *read, void *arg)
{
	lines->read = read;
	lines->arg = arg;
	lines->start = lines->end = lines->searched = 0;
	lines->begun = lines->ended = lines->nul = lines->cr = false;
	lines->ending = '\n';
	lines->number = lines->pending_blank = lines->blank_due = 0;
}

/* Drops the ^Z with which some DOS programs end a text. */
static void drop_dos_end(struct lines *lines)
{
	if (lines->end > lines->start && lines->buffer[lines->end - 1] == DOS_END) {
		lines->end--;
		lines->searched = lines->searched < lines->end ? lines->searched : lines->end;
	}
}

/* Reads once, after moving the held bytes to the front if less than a chunk is free. */
static int fill(struct lines *lines, struct error *err)
{
	ssize_t n;

	if (lines->start > 0 && lines->capacity - lines->end < CHUNK) {
		memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->searched -= lines->start;
		lines->start = 0;
	}
	assert(lines->capacity - lines->end >= CHUNK);
	n = lines->read(lines->arg, lines->buffer + lines->end, CHUNK, err);
	if (n < 0) {
		return -1;
	}
	lines->ended = n == 0;
	if (lines->ended) {
		drop_dos_end(lines);
		return 0;
	}
	lines->nul |= memchr(lines->buffer + lines->end, '\0', (size_t)n) != NULL;
	lines->cr |= memchr(lines->buffer + lines->end, '\r', (size_t)n) != NULL;
	lines->end += (size_t)n;
	return 0;
}

/* Chooses CR as the line end if the first bytes have no LF, as Mac OS did before 2001 and some
 * spreadsheets do. A CR as the last byte may be half of a CRLF. */
static void choose_ending(struct lines *lines)
{
	size_t length = lines->end - lines->start;
	const char *from = lines->buffer + lines->start;

	length -= length > 0 && !lines->ended;
	if (lines->cr && memchr(from, '\n', lines->end - lines->start) == NULL &&
		memchr(from, '\r', length) != NULL) {
		lines->ending = '\r';
	}
}

/* Reads enough for a head and drops the byte order mark. */
static int begin(struct lines *lines, struct error *err)
{
	while (!lines->ended && lines->end < START) {
		if (fill(lines, err) < 0) {
			return -1;
		}
	}
	if (lines->end >= BYTE_ORDER_MARK_LENGTH &&
		memcmp(lines->buffer, byte_order_mark, BYTE_ORDER_MARK_LENGTH) == 0) {
		lines->start = lines->searched = BYTE_ORDER_MARK_LENGTH;
	}
	choose_ending(lines);
	lines->begun = true;
	return 0;
}

int lines_head(struct lines *lines, const char **head, size_t *length, struct error *err)
{
	size_t n;

	assert(!lines->begun);
	if (begin(lines, err) < 0) {
		return -1;
	}
	n = lines->end - lines->start;
	n = n < LINES_HEAD ? n : LINES_HEAD;
	memcpy(lines->head, lines->buffer + lines->start, n);
	lines->head[n] = '\0';
	for (size_t i = 0; lines->ending == '\r' && i < n; i++) {
		lines->head[i] = lines->head[i] == '\r' ? '\n' : lines->head[i];
	}
	*head = lines->head;
	*length = n;
	return 0;
}

enum found { FOUND_ERROR = -1, FOUND_NONE, FOUND_LINE, FOUND_LONG };

/* Finds the end of the line at `start`. FOUND_LINE: it has *length bytes, the next begins at
 * *next. FOUND_LONG: longer than allowed. */
static enum found find_line_end(
	struct lines *lines, size_t *length, size_t *next, struct error *err)
{
	for (;;) {
		const char *from = lines->buffer + lines->searched;
		const char *end = memchr(from, lines->ending, lines->end - lines->searched);

		if (end != NULL) {
			*length = (size_t)(end - lines->buffer) - lines->start;
			*next = lines->start + *length + 1;
			return FOUND_LINE;
		}
		lines->searched = lines->end;
		if (lines->end - lines->start > lines->longest + 1) {
			return FOUND_LONG;
		}
		if (lines->ended) {
			*length = lines->end - lines->start;
			*next = lines->end;
			return *length > 0 ? FOUND_LINE : FOUND_NONE;
		}
		if (fill(lines, err) < 0) {
			return FOUND_ERROR;
		}
	}
}

/* Whether the held part of a line contains the other line end. */
static bool has_other_ending(const struct lines *lines, const char *text, size_t held)
{
	if (lines->ending == '\r') {
		return memchr(text, '\n', held) != NULL;
	}
	return lines->cr && memchr(text, '\r', held) != NULL;
}

static void put_line(struct lines *lines, struct line *line, char *text, size_t length)
{
	line->problem = LINE_FINE;
	line->text = text;
	line->length = line->held = length;
	line->number = ++lines->number;
	if (length > lines->longest) {
		line->problem = LINE_TOO_LONG;
		line->held = length < LINES_EXCERPT ? length : LINES_EXCERPT;
	} else if (lines->nul && memchr(text, '\0', length) != NULL) {
		line->problem = LINE_HAS_NUL;
	}
	if (has_other_ending(lines, text, line->held)) {
		line->problem = LINE_HAS_CR;
	}
	text[line->held] = '\0';
}

/* Reads to the end of a line that is not held. */
static int put_long_line(struct lines *lines, struct line *line, struct error *err)
{
	size_t held = lines->end - lines->start, length = 0;
	char before = '\0'; /* the last byte before the buffer */
	const char *stop = NULL;

	held = held < LINES_EXCERPT ? held : LINES_EXCERPT;
	memcpy(lines->excerpt, lines->buffer + lines->start, held);
	for (;;) {
		const char *from = lines->buffer + lines->start;
		size_t n = lines->end - lines->start;

		stop = memchr(from, lines->ending, n);
		n = stop != NULL ? (size_t)(stop - from) : n;
		before = n > 0 ? from[n - 1] : before;
		length += n;
		lines->start += n;
		if (stop != NULL || lines->ended) {
			break;
		}
		lines->searched = lines->start;
		if (fill(lines, err) < 0) {
			return -1;
		}
	}
	lines->start += stop != NULL;
	lines->searched = lines->start;
	put_line(lines, line, lines->excerpt, length - (before == '\r'));
	line->held = held;
	lines->excerpt[held] = '\0';
	return 1;
}

int lines_next(struct lines *lines, struct line *line, struct error *err)
{
	if (!lines->begun && begin(lines, err) < 0) {
		return -1;
	}
	while (lines->blank_due == 0) {
		size_t length = 0, next = 0;
		enum found found = find_line_end(lines, &length, &next, err);
		char *text = lines->buffer + lines->start;

		if (found == FOUND_ERROR || found == FOUND_NONE) {
			return found;
		}
		length -= length > 0 && text[length - 1] == '\r';
		if (found == FOUND_LINE && length == 0) {
			lines->pending_blank++;
			lines->start = lines->searched = next;
		} else if (lines->pending_blank > 0) {
			lines->blank_due = lines->pending_blank;
			lines->pending_blank = 0;
		} else if (found == FOUND_LONG) {
			return put_long_line(lines, line, err);
		} else {
			lines->start = lines->searched = next;
			put_line(lines, line, text, length);
			return 1;
		}
	}
	lines->blank_due--;
	lines->excerpt[0] = '\0';
	put_line(lines, line, lines->excerpt, 0);
	return 1;
}
