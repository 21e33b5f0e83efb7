#include <stdio.h>

#include "base/log.h"
#include "base/output.h"
#include "commands/command.h"
#include "route/router.h"
#include "server/builtin.h"
#include "site/openapi.h"

int command_openapi(struct command *command)
{
	int64_t page_size_max = settings_integer(command->settings, SETTING_PAGE_SIZE_MAX);
	struct error err = { 0 };
	struct buffer out = { 0 };
	size_t count;
	const struct builtin *builtins = builtin_list(&count);
	struct router *router =
		router_create(command->registry, builtins, count, page_size_max, &err);

	if (router == NULL) {
		log_error(&err);
		return EXIT_CODE_FAILURE;
	}
	openapi_write(router, &out);
	output_print(out.data, out.length);
	buffer_finish(&out);
	router_destroy(router);
	return EXIT_CODE_SUCCESS;
}
