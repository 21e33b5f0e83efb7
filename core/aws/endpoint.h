/* Endpoints and regions of AWS services. */
#ifndef ALMANAC_AWS_ENDPOINT_H
#define ALMANAC_AWS_ENDPOINT_H

#include <stdbool.h>

#include "base/buffer.h"

/* AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1. */
const char *endpoint_region(void);

/* Appends "https://SERVICE.REGION.amazonaws.com", or AWS_ENDPOINT_URL_<SERVICE> or
 * AWS_ENDPOINT_URL without a slash at the end. Services: "s3", "secretsmanager", "sts". */
void endpoint_put(struct buffer *url, const char *service, const char *region);

/* Whether one of those variables overrides the endpoint of the service. */
bool endpoint_is_set(const char *service);

/* The DNS suffix of the region's partition. */
const char *endpoint_domain(const char *region);

#endif
