/* CloudWatch embedded metric format (EMF): metrics in log lines.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
#ifndef ALMANAC_BASE_EMF_H
#define ALMANAC_BASE_EMF_H

#include <stddef.h>

struct emf_metric {
	const char *name, *unit; /* a unit that CloudWatch knows */
	double value;
};

/* [any] Writes a line with the metrics to standard output, with the dimension Service. Does
 * nothing if `space`, the namespace, is "". */
void emf_write(
	const char *space, const char *service, const struct emf_metric *metrics, size_t count);

#endif
