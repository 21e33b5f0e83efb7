#include <stdio.h>

#include "base/buffer.h"
#include "commands/command.h"

int command_config(struct command *command)
{
	struct buffer out = { 0 };

	if (command->json) {
		settings_json(command->settings, &out);
	} else {
		settings_help(&out, USE_ALL);
	}
	fwrite(out.data, 1, out.length, stdout);
	buffer_finish(&out);
	return EXIT_CODE_SUCCESS;
}
