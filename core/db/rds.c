#include "db/rds.h"

#include <libpq-fe.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "config.h"

/* Names of hosts have no case, and may have a dot at their end. */
static bool ends_with(const char *host, const char *end)
{
	size_t length = strlen(host), of_end = strlen(end);

	length -= length > 0 && host[length - 1] == '.';
	return length > of_end && strncasecmp(host + length - of_end, end, of_end) == 0;
}

static bool is_rds(const char *host)
{
	return host != NULL && (ends_with(host, ".rds.amazonaws.com") ||
				       ends_with(host, ".rds.amazonaws.com.cn"));
}

/* Beside the program, as in a build directory, else where it is installed. */
static char *find_file(void)
{
	static const char beside[] = "/core/db/rds-ca.pem";
	static const char installed[] = ALMANAC_DATA_DIR "/rds-ca.pem";
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof(beside));

	if (length > 0) {
		path[length] = '\0';
		memcpy(strrchr(path, '/'), beside, sizeof(beside));
		if (access(path, R_OK) == 0) {
			return memory_copy_text(path, strlen(path));
		}
	}
	return memory_copy_text(installed, strlen(installed));
}

char *rds_authorities(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *host = getenv("PGHOST");
	char *file = NULL;

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "host") == 0 && o->val != NULL) {
			host = o->val;
		}
	}
	if (is_rds(host)) {
		file = find_file();
	}
	PQconninfoFree(options);
	return file;
}
