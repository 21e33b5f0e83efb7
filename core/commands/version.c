#include <stdio.h>

#include <almanac/plugin.h>

#include "commands/command.h"
#include "config.h"

int command_version(struct command *command)
{
	(void)command;
	printf("almanac %s, plugin ABI %d.%d\n", ALMANAC_VERSION, ALM_ABI_MAJOR, ALM_ABI_MINOR);
	return EXIT_CODE_SUCCESS;
}
