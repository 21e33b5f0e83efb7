#include "base/emf.h"

#include <inttypes.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/output.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void put_directive(
	struct buffer *line, const char *space, const struct emf_metric *metrics, size_t count)
{
	buffer_printf(
		line, "{\"_aws\":{\"Timestamp\":%" PRId64 ",\"CloudWatchMetrics\":[", now_ms());
	buffer_puts(line, "{\"Namespace\":");
	json_text(line, space);
	buffer_puts(line, ",\"Dimensions\":[[\"Service\"]],\"Metrics\":[");
	for (size_t i = 0; i < count; i++) {
		buffer_printf(line, "%s{\"Name\":\"%s\",\"Unit\":\"%s\"}", i > 0 ? "," : "",
			metrics[i].name, metrics[i].unit);
	}
	buffer_puts(line, "]}]},\"Service\":");
}

void emf_write(
	const char *space, const char *service, const struct emf_metric *metrics, size_t count)
{
	struct buffer line = { 0 };

	if (space[0] == '\0') {
		return;
	}
	put_directive(&line, space, metrics, count);
	json_text(&line, service);
	for (size_t i = 0; i < count; i++) {
		buffer_printf(&line, ",\"%s\":%.6g", metrics[i].name, metrics[i].value);
	}
	buffer_puts(&line, "}\n");
	output_write(STDOUT_FILENO, line.data, line.length, OUTPUT_LINE);
	buffer_finish(&line);
}
