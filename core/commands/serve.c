#include <stdlib.h>
#include <uv.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/log.h"
#include "commands/command.h"
#include "commands/database.h"
#include "server/server.h"

/* Keeps freed memory in the process: results and responses have hundreds of kilobytes, and
 * glibc would return and map that each time. */
static void keep_memory(void)
{
#ifdef __GLIBC__
	enum { KEPT = 2 * 1024 * 1024 }; /* bytes a thread */

	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, KEPT);
#endif
}

int command_serve(struct command *command)
{
	struct error err = { 0 };
	struct server_parts parts = { command->settings, command->registry, NULL };
	struct database database = { 0 };
	struct server *server = NULL;
	int code = EXIT_CODE_SUCCESS;

	log_never_wait();
	keep_memory();
	if (database_init(&database, command->settings, "almanac serve", &err) == 0) {
		parts.target = database.target;
		server = server_create(&parts, &err);
	}
	if (server == NULL || server_run(server, &err) < 0) {
		log_error(&err);
		code = EXIT_CODE_FAILURE;
	}
	server_destroy(server);
	database_finish(&database);
	/* Ends libuv's threads, so that they free their OpenSSL state before OpenSSL is
	 * cleaned up. */
	uv_library_shutdown();
	return code;
}
