/* Metrics of ingestions for CloudWatch (embedded metric format). */
#ifndef ALMANAC_COMMANDS_EMF_H
#define ALMANAC_COMMANDS_EMF_H

struct report;
struct settings;

/* Writes a line with the metrics to standard output, if SETTING_EMF_NAMESPACE is set. */
void emf_ingestion(const struct settings *settings, const struct report *report);

#endif
