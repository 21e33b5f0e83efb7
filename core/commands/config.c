#include <stdio.h>

#include "base/buffer.h"
#include "base/output.h"
#include "commands/command.h"

int command_config(struct command *command)
{
	struct buffer out = { 0 };

	if (command->json) {
		settings_json(command->settings, &out);
	} else {
		settings_help(&out, USE_ALL);
	}
	output_print(out.data, out.length);
	buffer_finish(&out);
	return EXIT_CODE_SUCCESS;
}
