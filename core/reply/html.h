/* HTML pages of the program: their frame, headers and escaping. [loop] */
#ifndef ALMANAC_REPLY_HTML_H
#define ALMANAC_REPLY_HTML_H

#include <stdbool.h>

#include "base/buffer.h"

struct exchange;

/* Header lines of every page. */
#define HTML_SECURITY \
	"Referrer-Policy: no-referrer\r\n" \
	"X-Frame-Options: DENY\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n"

/* Policy of a page that loads nothing, and is framed by no other. */
#define HTML_POLICY \
	"Content-Security-Policy: default-src 'none'; img-src data:; " \
	"style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " \
	"frame-ancestors 'none'\r\n"

/* Sends a page that loads nothing, or, to a client that is no browser, the JSON in its place.
 */
void html_send(struct exchange *exchange, struct buffer *body);

/* Whether the client accepts HTML by name, as browsers do. */
bool html_is_wanted(const struct exchange *exchange);

/* Writes the page up to the heading. The title is HTML. */
void html_begin(struct buffer *out, const char *title);
void html_end(struct buffer *out);

/* Writes text, escaped; html_marked(): with <code> for ``. */
void html_text(struct buffer *out, const char *text);
void html_marked(struct buffer *out, const char *text);

#endif
