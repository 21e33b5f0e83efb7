/* What plugins declare, for people and for programs. */
#ifndef ALMANAC_PLUGIN_DESCRIBE_H
#define ALMANAC_PLUGIN_DESCRIBE_H

#include "base/buffer.h"
#include "plugin/registry.h"

/* A few lines a plugin. */
void describe_text(const struct registry *registry, struct buffer *out);

/* All of it, as one JSON document. */
void describe_json(const struct registry *registry, struct buffer *out);

#endif
