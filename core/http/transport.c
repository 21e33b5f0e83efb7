#include "http/transport.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/settings.h"
#include "http/connection.h"

/* IMF-fixdate (RFC 9110, 5.6.7), whatever the locale. */
static void set_date(struct http *http)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	snprintf(http->date, sizeof(http->date), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
		utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static bool takes_body(const void *arg, const struct parser_head *head)
{
	const struct http *http = arg;

	return http->handler->takes_body(http, head);
}

int http_open(struct http *http, int socket, struct error *err)
{
	const struct settings *settings = http->settings;

	http->limits = (struct parser_limits){
		.head_bytes = (size_t)settings_integer(settings, SETTING_MAX_HEADER_BYTES),
		.url_bytes = (size_t)settings_integer(settings, SETTING_MAX_URL_BYTES),
		.body_bytes = (size_t)settings_integer(settings, SETTING_MAX_BODY_BYTES),
		.takes_body = takes_body,
		.arg = http,
	};
	set_date(http);
	uv_idle_init(http->uv, &http->writer);
	http->writer.data = http;
	return listener_open(&http->listener, http, http->uv, socket, connection_accept, err);
}

int http_open_operation(struct http *http, int socket, struct error *err)
{
	http->operation.operation = true;
	return listener_open(&http->operation, http, http->uv, socket, connection_accept, err);
}

void http_tick(struct http *http)
{
	set_date(http);
	connection_check_times(http);
}

void http_end(struct http *http)
{
	http->ending = true;
	http_close_listeners(http);
	connection_close_idle(http);
}

void http_close_listeners(struct http *http)
{
	listener_close(&http->listener);
	listener_close(&http->operation);
}

void http_close(struct http *http)
{
	uv_close((uv_handle_t *)&http->writer, NULL);
}
