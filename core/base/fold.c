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

char *fold_text(const char *text)
{
	utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);

	return folded != NULL ? (char *)folded : memory_copy_text(text, strlen(text));
}
