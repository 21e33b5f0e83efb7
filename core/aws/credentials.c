#include "aws/credentials.h"

#include <string.h>

#include "base/memory.h"

void credentials_finish(struct credentials *credentials)
{
	memory_wipe_text(credentials->id);
	memory_wipe_text(credentials->secret);
	memory_wipe_text(credentials->token);
	*credentials = (struct credentials){ 0 };
}

char *credentials_text(const char *text)
{
	return text != NULL ? memory_copy_text(text, strlen(text)) : NULL;
}

void credentials_copy(struct credentials *to, const struct credentials *from)
{
	struct credentials old = *to;

	*to = (struct credentials){ credentials_text(from->id), credentials_text(from->secret),
		credentials_text(from->token), from->expires };
	credentials_finish(&old);
}
