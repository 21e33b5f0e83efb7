#include "db/rds.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "config.h"

static bool ends_with(const char *host, size_t length, const char *end)
{
	size_t of_end = strlen(end);

	return length > of_end && strncasecmp(host + length - of_end, end, of_end) == 0;
}

/* There the region is behind: NAME.ID.rds.REGION.amazonaws.com.cn. */
static bool is_chinese(const char *host, size_t length)
{
	static const char end[] = ".amazonaws.com.cn";

	if (!ends_with(host, length, end)) {
		return false;
	}
	length -= strlen(end);
	while (length > 0 && host[length - 1] != '.') {
		length--;
	}
	return ends_with(host, length, ".rds.");
}

/* Names of hosts have no case, and may have a dot at their end. */
static bool is_rds(const char *host, size_t length)
{
	length -= length > 0 && host[length - 1] == '.';
	return ends_with(host, length, ".rds.amazonaws.com") ||
	       ends_with(host, length, ".rds.amazonaws.com.cn") || is_chinese(host, length);
}

bool rds_has_host(const char *hosts)
{
	bool found = false;

	while (hosts != NULL && *hosts != '\0' && !found) {
		size_t length = strcspn(hosts, ",");

		found = is_rds(hosts, length);
		hosts += length + (hosts[length] == ',');
	}
	return found;
}

/* Beside the program, as in a build directory, else where it is installed. */
char *rds_authorities(void)
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
