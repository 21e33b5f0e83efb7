#include "ingest/parcel.h"

#include <stdlib.h>

#include "base/memory.h"

struct parcel *parcel_create(void)
{
	struct parcel *parcel = memory_new(struct parcel);

	arena_init(&parcel->arena);
	return parcel;
}

void parcel_destroy(struct parcel *parcel)
{
	if (parcel != NULL) {
		arena_finish(&parcel->arena);
		free(parcel);
	}
}
