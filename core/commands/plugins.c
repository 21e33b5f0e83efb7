#include <stdio.h>

#include "base/buffer.h"
#include "base/output.h"
#include "commands/command.h"
#include "plugin/describe.h"

int command_plugins(struct command *command)
{
	struct buffer out = { 0 };

	(command->json ? describe_json : describe_text)(command->registry, &out);
	output_print(out.data, out.length);
	buffer_finish(&out);
	return EXIT_CODE_SUCCESS;
}
