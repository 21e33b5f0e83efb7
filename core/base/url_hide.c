#include "base/url_hide.h"

#include <stdbool.h>
#include <string.h>

#include "base/url.h"

enum { NAME_MAX_LENGTH = 64 /* more than any name in the table */ };

/* Parameters to hide. Some are hidden only beside another one, since their names alone mean
 * little. Names are compared in lower case, without '-', '_' and '.'; a '*' at either end
 * matches any text. */
static const struct hidden {
	const char *names, *beside; /* NULL: always */
} table[] = {
	{ "*signature *token *secret *password *passwd *credential *apikey *accesskey *accountkey "
	  "*authkey *privatekey *secretkey *subscriptionkey *auth",
		NULL },
	{ "key sig pwd pass authentication authorization jwt hmac", NULL },
	{ "xamz*", NULL },  /* S3, Signature Version 4 */
	{ "xgoog*", NULL }, /* Google Cloud Storage */
	/* S3, Version 2; CloudFront; Google's older form */
	{ "awsaccesskeyid googleaccessid keypairid", NULL },
	{ "expires policy hashalgorithm", "signature" },
	{ "policy", "keypairid" },
	/* Azure, shared access signatures */
	{ "sv st se sr sp sip spr ss srt si ses sdd sks skt ske skv skoid sktid saoid suoid scid",
		"sig" },
};

/* A parameter of the query: "name=value". */
struct parameter {
	const char *text;
	size_t length;
};

/* Reads the next parameter and advances *query; false: none is left. */
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

/* Writes the name decoded and as the table has names; long ones are truncated. */
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

static bool fits_pattern(const char *pattern, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	if (pattern[0] == '*') {
		return name_length >= --length &&
		       memcmp(name + name_length - length, pattern + 1, length) == 0;
	}
	if (pattern[length - 1] == '*') {
		return strncmp(name, pattern, length - 1) == 0;
	}
	return name_length == length && memcmp(name, pattern, length) == 0;
}

/* Whether the name fits any of the patterns, which have spaces between them. */
static bool fits(const char *patterns, const char *name)
{
	bool found = false;

	while (*patterns != '\0' && !found) {
		size_t length = strcspn(patterns, " ");

		found = fits_pattern(patterns, length, name);
		patterns += length + strspn(patterns + length, " ");
	}
	return found;
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
		hidden = fits(table[i].names, name) &&
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

/* Writes the query without hidden parameters; unchanged if there are none. */
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

/* Writes scheme and host without user and password. Returns the begin of the path. */
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
