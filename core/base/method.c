#include "base/method.h"

#include <string.h>

static const struct {
	const char *name;
	bool reads;
} methods[] = {
	[METHOD_GET] = { "GET", true },
	[METHOD_HEAD] = { "HEAD", true },
	[METHOD_POST] = { "POST", false },
	[METHOD_PUT] = { "PUT", false },
	[METHOD_PATCH] = { "PATCH", false },
	[METHOD_DELETE] = { "DELETE", false },
	[METHOD_OPTIONS] = { "OPTIONS", true },
	[METHOD_OTHER] = { "OTHER", false },
};

enum method method_find(const char *name)
{
	for (enum method i = 0; i < METHOD_OTHER; i++) {
		if (strcmp(methods[i].name, name) == 0) {
			return i;
		}
	}
	return METHOD_OTHER;
}

const char *method_name(enum method method)
{
	return methods[method].name;
}

bool method_reads(enum method method)
{
	return methods[method].reads;
}

void method_list(uint32_t mask, struct buffer *out)
{
	const char *before = "";

	mask |= METHOD_BIT(METHOD_OPTIONS);
	for (enum method i = 0; i < METHOD_OTHER; i++) {
		if ((mask & METHOD_BIT(i)) != 0) {
			buffer_puts(out, before);
			buffer_puts(out, methods[i].name);
			before = ", ";
		}
	}
}
