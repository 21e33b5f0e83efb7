#include "ingest/run/known.h"

#include <string.h>

bool known_same(const struct ledger_entry *entry, int64_t size, const char *hash,
	const char *source, const char *version)
{
	return entry != NULL && entry->size == size && strcmp(entry->hash, hash) == 0 &&
	       strcmp(entry->source, source) == 0 &&
	       strcmp(entry->source_version, version) == 0;
}

static bool is_current(const struct take_config *config, const struct ledger_entry *entry)
{
	if (strcmp(entry->source, PARCEL_ARCHIVE) == 0) {
		return strcmp(entry->source_version, config->archive_version) == 0;
	}
	if (strcmp(entry->source, PARCEL_EMPTY) == 0) {
		return strcmp(entry->source_version, config->empty_version) == 0;
	}
	for (size_t i = 0; i < config->registry->source_count; i++) {
		const struct plugin_source *source = &config->registry->sources[i];

		if (strcmp(source->source.name, entry->source) == 0) {
			return strcmp(source->plugin->table.version, entry->source_version) ==
				       0 &&
			       (config->source == NULL || config->source == source);
		}
	}
	return false;
}

bool known_unchanged(const struct take_config *config, const struct object *object,
	const struct ledger_entry *entry)
{
	return entry != NULL && object->etag != NULL && object->etag[0] != '\0' &&
	       strcmp(object->etag, entry->etag) == 0 && is_current(config, entry);
}
