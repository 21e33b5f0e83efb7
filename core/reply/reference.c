#include "reply/reference.h"

#include <stdbool.h>
#include <string.h>

#include "base/url.h"

const char *reference_path(const char *target, size_t *length)
{
	size_t scheme = strncmp(target, "http://", 7) == 0    ? 7
			: strncmp(target, "https://", 8) == 0 ? 8
							      : 0;
	const char *path = scheme > 0 ? strchr(target + scheme, '/') : target;

	if (path == NULL || *path != '/') {
		return NULL;
	}
	*length = strcspn(path, "?");
	return path;
}

void reference_put_root(struct buffer *out, const char *target)
{
	size_t length = 0, depth = 0;
	const char *path = target != NULL ? reference_path(target, &length) : NULL;

	if (path == NULL) {
		buffer_putc(out, '/');
		return;
	}
	for (size_t i = 1; i < length; i++) {
		depth += path[i] == '/';
	}
	buffer_puts(out, depth == 0 ? "./" : "");
	for (; depth > 0; depth--) {
		buffer_puts(out, "../");
	}
}

/* Bytes of the path before its last segment. */
static size_t skip_folders(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/') {
		length--;
	}
	return length;
}

void reference_put_self(struct buffer *out, const char *target)
{
	size_t length, folders;
	const char *path = reference_path(target, &length);

	if (path == NULL) {
		buffer_puts(out, target);
		return;
	}
	folders = skip_folders(path, length);
	/* Nothing would be the document itself, "a:b" a scheme (RFC 3986, 4.2). */
	if (folders == length || memchr(path + folders, ':', length - folders) != NULL) {
		buffer_puts(out, "./");
	}
	buffer_puts(out, path + folders);
}

void reference_put_segment(struct buffer *out, const char *path, size_t length)
{
	size_t folders = skip_folders(path, length);

	if (folders == length) {
		buffer_puts(out, "./");
	}
	reference_put_path(out, path + folders, length - folders);
}

void reference_put_path(struct buffer *out, const char *path, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		size_t begin = i;

		while (i < length && path[i] != '/' && path[i] != '%') {
			i++;
		}
		url_encode(out, path + begin, i - begin);
		if (i < length && path[i] == '/') {
			buffer_putc(out, '/');
		} else if (i < length) {
			char byte = (char)url_byte(path, length, &i);

			url_encode(out, &byte, 1);
		}
	}
}
