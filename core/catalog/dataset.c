#include "catalog/dataset.h"

#include <stdlib.h>

enum { HALF = 16 /* hexadecimal digits of 8 bytes */ };

struct dataset_id dataset_parse(const char *uuid)
{
	char halves[2][HALF + 1] = { "", "" };
	size_t digits = 0;

	for (; *uuid != '\0' && digits < 2 * (size_t)HALF; uuid++) {
		if (*uuid != '-') {
			halves[digits / HALF][digits % HALF] = *uuid;
			digits++;
		}
	}
	return (struct dataset_id){ (int64_t)strtoull(halves[0], NULL, 16),
		(int64_t)strtoull(halves[1], NULL, 16) };
}
