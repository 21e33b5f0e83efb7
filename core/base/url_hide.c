#include "base/url_hide.h"

#include <stdbool.h>
#include <string.h>

#include "base/url.h"

enum { NAME_MAX_LENGTH = 64 /* of which no name in the table comes near */ };

/* Parameters that are left out, some only beside another one, without which their names may
 * mean anything. Names are compared in lower case and without '-', '_' and '.'; '*' at the end
 * stands for anything, at the beginning too. */
static const struct hidden {
	const char *name, *beside; /* NULL: always */
} table[] = {
	{ "*signature", NULL },
	{ "*token", NULL },
	{ "*secret", NULL },
	{ "*password", NULL },
	{ "*passwd", NULL },
	{ "*credential", NULL },
	{ "*apikey", NULL },
	{ "*accesskey", NULL },
	{ "*accountkey", NULL },
	{ "*authkey", NULL },
	{ "*privatekey", NULL },
	{ "*secretkey", NULL },
	{ "*subscriptionkey", NULL },
	{ "key", NULL },
	{ "sig", NULL },
	{ "pwd", NULL },
	{ "pass", NULL },
	{ "*auth", NULL },
	{ "authentication", NULL },
	{ "authorization", NULL },
	{ "jwt", NULL },
	{ "hmac", NULL },
	{ "xamz*", NULL },  /* S3, Signature Version 4 */
	{ "xgoog*", NULL }, /* Google Cloud Storage */
	/* S3, Version 2; CloudFront; Google's older form */
	{ "awsaccesskeyid", NULL },
	{ "googleaccessid", NULL },
	{ "keypairid", NULL },
	{ "expires", "signature" },
	{ "policy", "signature" },
	{ "policy", "keypairid" },
	{ "hashalgorithm", "signature" },
	/* Azure, shared access signatures */
	{ "sv", "sig" },
	{ "st", "sig" },
	{ "se", "sig" },
	{ "sr", "sig" },
	{ "sp", "sig" },
	{ "sip", "sig" },
	{ "spr", "sig" },
	{ "ss", "sig" },
	{ "srt", "sig" },
	{ "si", "sig" },
	{ "ses", "sig" },
	{ "sdd", "sig" },
	{ "sks", "sig" },
	{ "skt", "sig" },
	{ "ske", "sig" },
	{ "skv", "sig" },
	{ "skoid", "sig" },
	{ "sktid", "sig" },
	{ "saoid", "sig" },
	{ "suoid", "sig" },
	{ "scid", "sig" },
};

/* A piece of the query: "name=value". */
struct parameter {
	const char *text;
	size_t length;
};

/* The next of a query, behind `*query`; false: there is none. */
static bool next(const char **query, const char *end, struct parameter *to)
{
	if (*query >= end) {
		return false;
	}
	to->text = *query;
	to->length = 0;
	while (to->text + to->length < end && to->text[to->length] != '&' &&
		to->text[to->length] != ';') {
		to->length++;
	}
	*query += to->length + 1;
	return true;
}

/* The name as the table has it, decoded; no more than the beginning of a long one. */
static void write_name(char *to, const struct parameter *parameter)
{
	size_t used = 0;

	for (size_t i = 0; i < parameter->length && parameter->text[i] != '='; i++) {
		int c = url_byte(parameter->text, parameter->length, &i);

		if (c != '-' && c != '_' && c != '.' && used < NAME_MAX_LENGTH) {
			to[used++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		}
	}
	to[used] = '\0';
}

static bool fits(const char *pattern, const char *name)
{
	size_t length = strlen(pattern), of_name = strlen(name);

	if (pattern[0] == '*') {
		length--;
		return of_name >= length &&
		       memcmp(name + of_name - length, pattern + 1, length) == 0;
	}
	if (pattern[length - 1] == '*') {
		return strncmp(name, pattern, length - 1) == 0;
	}
	return strcmp(name, pattern) == 0;
}

static bool has(const char *query, const char *end, const char *wanted)
{
	char name[NAME_MAX_LENGTH + 1];
	struct parameter parameter;
	bool found = false;

	while (!found && next(&query, end, &parameter)) {
		write_name(name, &parameter);
		found = strcmp(name, wanted) == 0;
	}
	return found;
}

static bool is_hidden(const struct parameter *parameter, const char *query, const char *end)
{
	char name[NAME_MAX_LENGTH + 1];
	bool hidden = false;

	write_name(name, parameter);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && !hidden; i++) {
		hidden = fits(table[i].name, name) &&
			 (table[i].beside == NULL || has(query, end, table[i].beside));
	}
	return hidden;
}

static size_t count_hidden(const char *query, const char *end)
{
	const char *rest = query;
	struct parameter parameter;
	size_t count = 0;

	while (next(&rest, end, &parameter)) {
		count += is_hidden(&parameter, query, end);
	}
	return count;
}

/* A query of which nothing is left out stays as it is written. */
static void put_query(struct buffer *out, const char *query, const char *end)
{
	const char *rest = query;
	struct parameter parameter;
	char separator = '?';

	if (count_hidden(query, end) == 0) {
		buffer_putc(out, '?');
		buffer_append(out, query, (size_t)(end - query));
		return;
	}
	while (next(&rest, end, &parameter)) {
		if (!is_hidden(&parameter, query, end)) {
			buffer_putc(out, separator);
			buffer_append(out, parameter.text, parameter.length);
			separator = '&';
		}
	}
}

/* Scheme and host, without what is before the host's '@'. Returns where the path begins. */
static const char *put_origin(struct buffer *out, const char *url, const char *end)
{
	const char *host = memmem(url, (size_t)(end - url), "://", 3);
	const char *path, *at;

	if (host == NULL) {
		return url;
	}
	host += 3;
	for (path = host; path < end && strchr("/?#", *path) == NULL; path++) {
	}
	buffer_append(out, url, (size_t)(host - url));
	at = memrchr(host, '@', (size_t)(path - host));
	host = at != NULL ? at + 1 : host;
	buffer_append(out, host, (size_t)(path - host));
	return path;
}

void url_hide(struct buffer *out, const char *url, size_t length)
{
	const char *fragment = memchr(url, '#', length);
	const char *end = fragment != NULL ? fragment : url + length;
	const char *path = put_origin(out, url, end);
	const char *query = memchr(path, '?', (size_t)(end - path));

	buffer_append(out, path, (size_t)((query != NULL ? query : end) - path));
	if (query != NULL) {
		put_query(out, query + 1, end);
	}
}

void url_hide_words(struct buffer *out, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, " "), spaces = strspn(text + length, " ");

		if (memmem(text, length, "://", 3) != NULL) {
			url_hide(out, text, length);
		} else {
			buffer_append(out, text, length);
		}
		buffer_append(out, text + length, spaces);
		text += length + spaces;
	}
}
