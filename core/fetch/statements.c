#include "fetch/statements.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct statements {
	struct kept_statement *first; /* used last */
};

struct statements *statements_create(void)
{
	return memory_new(struct statements);
}

void statements_destroy(struct statements *statements)
{
	struct kept_statement *kept = statements != NULL ? statements->first : NULL;

	while (kept != NULL) {
		struct kept_statement *next = kept->next;

		free(kept->name);
		kept->destroy(kept);
		kept = next;
	}
	free(statements);
}

struct kept_statement *statements_find(
	struct statements *statements, const void *owner, const char *name)
{
	for (struct kept_statement **at = &statements->first; *at != NULL; at = &(*at)->next) {
		struct kept_statement *kept = *at;

		if (kept->owner == owner && strcmp(kept->name, name) == 0) {
			*at = kept->next;
			kept->next = statements->first;
			statements->first = kept;
			return kept;
		}
	}
	return NULL;
}

void statements_keep(struct statements *statements, const void *owner, const char *name,
	struct kept_statement *kept)
{
	kept->owner = owner;
	kept->name = memory_copy_text(name, strlen(name));
	kept->next = statements->first;
	statements->first = kept;
}
