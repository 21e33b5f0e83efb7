#include <stdio.h>

#include "base/buffer.h"
#include "base/output.h"
#include "commands/command.h"
#include "plugin/registry.h"
#include "plugin/setting.h"

int command_config(struct command *command)
{
	const struct registry *registry = command->registry;
	struct buffer out = { 0 };

	if (command->json) {
		buffer_puts(&out, "[\n");
		settings_json(command->settings, &out);
		for (size_t i = 0; i < registry->plugin_count; i++) {
			setting_json(registry->plugins[i], &out);
		}
		buffer_puts(&out, "\n]\n");
	} else {
		settings_help(&out, USE_ALL);
		for (size_t i = 0; i < registry->plugin_count; i++) {
			setting_help(registry->plugins[i], &out);
		}
	}
	output_print(out.data, out.length);
	buffer_finish(&out);
	return EXIT_CODE_SUCCESS;
}
