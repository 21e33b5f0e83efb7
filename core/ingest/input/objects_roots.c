/* Directories and prefixes of which a list has everything. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "ingest/input/objects_list.h"

enum { SMALLEST = 8 };

void objects_add_root(struct objects *objects, const char *uri)
{
	if (objects->root_count == objects->root_capacity) {
		objects->root_capacity = objects->root_capacity * 2 + SMALLEST;
		objects->roots = memory_resize(
			objects->roots, objects->root_capacity, sizeof(*objects->roots));
	}
	objects->roots[objects->root_count++] =
		(struct object_root){ memory_copy_text(uri, strlen(uri)) };
}

void objects_root_directory(struct objects *objects, const char *path, size_t unread)
{
	struct stat status;
	struct buffer root = { 0 };
	char *shown;

	if (objects->unread > unread || stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
		return;
	}
	buffer_printf(&root, "%s/", strcmp(path, "/") == 0 ? "" : path);
	shown = objects_show(buffer_text(&root));
	objects_add_root(objects, shown);
	free(shown);
	buffer_finish(&root);
}
