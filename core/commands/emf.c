#include "commands/emf.h"

#include <stdio.h>

#include "base/emf.h"
#include "base/settings.h"
#include "ingest/run/report.h"

/* Whether the run succeeded. Rejected lines do not count: they have a metric of their own. */
static int is_success(const struct report *report)
{
	return report->outcome != REPORT_FAILURE && report->failures.count == 0 &&
	       report->remaining.count == 0 && !error_is_set(&report->error);
}

void emf_ingestion(const struct settings *settings, const struct report *report)
{
	const struct emf_metric metrics[] = {
		{ "IngestSuccess", "Count", is_success(report) },
		{ "ObjectsTaken", "Count", (double)report->taken },
		{ "ObjectsSkipped", "Count", (double)report->skipped },
		{ "ObjectsFailed", "Count", (double)report->failures.count },
		{ "ObjectsRemaining", "Count", (double)report->remaining.count },
		{ "LinesRejected", "Count", (double)report->rejects.count },
		{ "Observations", "Count", (double)report->observations },
		{ "Duration", "Seconds", report->seconds },
	};

	emf_write(settings_text(settings, SETTING_EMF_NAMESPACE), "ingest", metrics,
		sizeof(metrics) / sizeof(metrics[0]));
}
