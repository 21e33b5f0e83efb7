#include "stat/words.h"

#include <string.h>

const char *words_next(const char **at, size_t *length)
{
	const char *word = *at;

	if (word == NULL || *word == '\0') {
		return NULL;
	}
	*length = strcspn(word, ",");
	*at = word + *length + (word[*length] == ',');
	return word;
}

bool words_have(const char *list, const char *word)
{
	const char *at = list, *each;
	size_t length;

	while ((each = words_next(&at, &length)) != NULL) {
		if (strlen(word) == length && memcmp(word, each, length) == 0) {
			return true;
		}
	}
	return list == NULL;
}
