#include "reply/html.h"

#include <string.h>

#include "http/exchange.h"
#include "reply/reply_static.h"

/* The page may load nothing, and be framed by no other. */
static const char headers[] = "Cache-Control: max-age=3600\r\n" HTML_POLICY HTML_SECURITY;

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:1rem/1.55 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}"
	"h1{font-weight:650;letter-spacing:-.01em}"
	"code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;margin:1rem 0;width:100%}"
	"td,th{text-align:left;padding:.35rem 1rem .35rem 0;vertical-align:top;"
	"border-top:1px solid color-mix(in srgb,currentColor 18%,transparent)}"
	"a{color:#0b62b8}@media(prefers-color-scheme:dark){a{color:#7cb8ff}}";

bool html_is_wanted(const struct exchange *exchange)
{
	const char *accept = exchange->header[HEADER_ACCEPT];

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

void html_begin(struct buffer *out, const char *title)
{
	buffer_printf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<link rel=\"icon\" href=\"data:,\">"
		"<title>%s</title><style>%s</style></head>\n<body><h1>%s</h1>\n",
		title, style, title);
}

void html_end(struct buffer *out)
{
	buffer_puts(out, "</body></html>\n");
}

static void put_char(struct buffer *out, char c)
{
	switch (c) {
	case '&':
		buffer_puts(out, "&amp;");
		break;
	case '<':
		buffer_puts(out, "&lt;");
		break;
	case '"':
		buffer_puts(out, "&quot;");
		break;
	default:
		buffer_putc(out, c);
	}
}

void html_text(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		put_char(out, *text);
	}
}

void html_marked(struct buffer *out, const char *text)
{
	bool inside = false;

	for (; *text != '\0'; text++) {
		if (*text == '`') {
			buffer_puts(out, inside ? "</code>" : "<code>");
			inside = !inside;
		} else {
			put_char(out, *text);
		}
	}
}

void html_send(struct exchange *exchange, struct buffer *body)
{
	reply_static(exchange,
		html_is_wanted(exchange) ? "text/html; charset=utf-8" : "application/json",
		headers, "Accept, ", body);
}
