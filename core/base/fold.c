#include "base/fold.h"

#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"

bool fold_is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text & 0x80) != 0) {
			return false;
		}
	}
	return true;
}

/* Replaces Turkish dotted and dotless i by i, in place. NFKC_Casefold turns the dotted
 * capital into i and a combining dot, and keeps the dotless small one; i is shorter than
 * both. */
static void unite_dotted(char *text)
{
	static const char dotless[] = "\xC4\xB1", dot[] = "\xCC\x87";
	const char *from = text;
	char *to = text;

	while (*from != '\0') {
		if (strncmp(from, dotless, strlen(dotless)) == 0) {
			*to++ = 'i';
			from += strlen(dotless);
		} else {
			*to++ = *from++;
		}
		if (to[-1] == 'i' && strncmp(from, dot, strlen(dot)) == 0) {
			from += strlen(dot);
		}
	}
	*to = '\0';
}

char *fold_text(const char *text)
{
	char *folded = (char *)utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);

	if (folded == NULL) {
		return memory_copy_text(text, strlen(text));
	}
	unite_dotted(folded);
	return folded;
}
