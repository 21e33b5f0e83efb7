/* The XML that S3 and STS answer with, element by element. */
#ifndef ALMANAC_AWS_XML_H
#define ALMANAC_AWS_XML_H

#include <stddef.h>

#include "base/error.h"

/* Called at the end of each element with the text that it holds itself. */
typedef void xml_element_fn(void *arg, const char *name, const char *text);

int xml_read(const char *bytes, size_t length, xml_element_fn *element, void *arg,
	struct error *err);

#endif
