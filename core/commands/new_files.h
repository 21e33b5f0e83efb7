/* Templates of `almanac new`, embedded into the program by new/embed.py. */
#ifndef ALMANAC_COMMANDS_NEW_FILES_H
#define ALMANAC_COMMANDS_NEW_FILES_H

struct new_file {
	const char *name; /* "source.c", "Makefile"; NULL ends the list */
	const char *text; /* @NAME@, @KIND@ and @CHECK@ stand for what is the plugin's */
};
extern const struct new_file new_files[];

#endif
