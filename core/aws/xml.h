/* A reader of the XML of S3 and STS, element by element. */
#ifndef ALMANAC_AWS_XML_H
#define ALMANAC_AWS_XML_H

#include <stddef.h>

#include "base/error.h"

/* Called at the end of each element with its own text. */
typedef void xml_element_fn(void *arg, const char *name, const char *text);

int xml_read(const char *bytes, size_t length, xml_element_fn *element, void *arg,
	struct error *err);

#endif
