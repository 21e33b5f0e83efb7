#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/new_files.h"
#include "plugin/check.h"

/* A file of a new plugin, and the template it is made from. */
struct made {
	const char *path, *template;
};

enum { FILES_MAX = 5 };

/* Kinds of plugins. Of a name, "@NAME@" is the plugin's. */
static const struct kind {
	const char *name;
	struct made files[FILES_MAX + 1];
	const char *check; /* lines of the Makefile */
} kinds[] = {
	{ "source",
		{ { "@NAME@.c", "source.c" }, { "Makefile", "Makefile" },
			{ "README.md", "source.md" }, { "example.csv", "source.csv" },
			{ "expected.txt", "source.txt" } },
		"\t$(ALMANAC) check ./@NAME@.so example.csv > result.txt; test $$? = 0 -o $$? = 3\n"
		"\tsed 's|^$(CURDIR)/||' result.txt | diff expected.txt -" },
	{ "stat",
		{ { "@NAME@.c", "stat.c" }, { "Makefile", "Makefile" },
			{ "README.md", "stat.md" }, { "example.csv", "stat.csv" } },
		"\t$(ALMANAC) check ./@NAME@.so\n"
		"\t$(ALMANAC) check ./@NAME@.so example.csv" },
	{ "route",
		{ { "@NAME@.c", "route.c" }, { "Makefile", "Makefile" },
			{ "README.md", "route.md" } },
		"\t$(ALMANAC) check ./@NAME@.so" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

static const char *find_template(const char *name)
{
	const struct new_file *file = new_files;

	while (strcmp(file->name, name) != 0) {
		file++; /* the table of kinds names no other */
	}
	return file->text;
}

/* Appends a template with what stands in it for something else. */
static void fill_in(
	struct buffer *out, const char *text, const struct kind *kind, const char *name)
{
	const struct {
		const char *mark, *text;
	} marks[] = { { "@NAME@", name }, { "@KIND@", kind->name },
		{ "@CHECK@", kind->check } };

	while (*text != '\0') {
		size_t plain = strcspn(text, "@"), i = 0;

		buffer_append(out, text, plain);
		text += plain;
		while (i < 3 && strncmp(text, marks[i].mark, strlen(marks[i].mark)) != 0) {
			i++;
		}
		if (i < 3) {
			fill_in(out, marks[i].text, kind, name);
			text += strlen(marks[i].mark);
		} else if (*text != '\0') {
			buffer_putc(out, *text++);
		}
	}
}

static int write_file(const char *path, const struct buffer *content, struct error *err)
{
	FILE *file = fopen(path, "wx");
	int failed;

	if (file == NULL) {
		return error_set(err, "%s: %s", path, strerror(errno));
	}
	failed = fwrite(content->data, 1, content->length, file) != content->length;
	if (fclose(file) != 0 || failed) {
		return error_set(err, "%s: %s", path, strerror(errno));
	}
	printf("wrote %s\n", path);
	return 0;
}

static int write_files(const struct kind *kind, const char *name, struct error *err)
{
	int result = 0;

	if (mkdir(name, 0777) < 0) {
		error_set(err, "the directory %s cannot be made: %s", name, strerror(errno));
		return error_hint(err, "choose another name, or another place to be in");
	}
	for (const struct made *made = kind->files; made->path != NULL && result == 0; made++) {
		struct buffer path = { 0 }, content = { 0 };

		buffer_printf(&path, "%s/", name);
		fill_in(&path, made->path, kind, name);
		fill_in(&content, find_template(made->template), kind, name);
		result = write_file(buffer_text(&path), &content, err);
		buffer_finish(&path);
		buffer_finish(&content);
	}
	return result;
}

int command_new(struct command *command)
{
	const struct kind *kind = find_kind(command->argv[0]);
	const char *name = command->argv[1];
	struct error err = { 0 };

	if (kind == NULL) {
		error_set(&err, "new: there is no kind of plugin '%s'", command->argv[0]);
		error_hint(&err, "source, stat or route");
	} else if (!check_is_name(name, CHECK_NAME_MAX)) {
		error_set(&err, "new: '%s' cannot be a plugin's name", name);
		error_hint(&err, "1 to %d of a-z, 0-9, '_', not beginning with a digit",
			CHECK_NAME_MAX);
	}
	if (error_is_set(&err)) {
		log_error(&err);
		return EXIT_CODE_USAGE;
	}
	if (write_files(kind, name, &err) < 0) {
		fflush(stdout);
		log_error(&err);
		return EXIT_CODE_FAILURE;
	}
	printf("Next: cd %s && make check; README.md says more.\n", name);
	return EXIT_CODE_SUCCESS;
}
