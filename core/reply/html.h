/* Pages that the program writes itself: what they begin with, and what their headers must say.
 */
#ifndef ALMANAC_REPLY_HTML_H
#define ALMANAC_REPLY_HTML_H

#include <stdbool.h>

#include "base/buffer.h"

struct exchange;

/* Header lines of every page, whatever it loads. */
#define HTML_SECURITY \
	"Referrer-Policy: no-referrer\r\n" \
	"X-Frame-Options: DENY\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n"

/* Sends a page that loads nothing, or what it is for others than browsers: JSON. */
void html_send(struct exchange *exchange, struct buffer *body);

/* Whether a person's browser asks. */
bool html_is_wanted(const struct exchange *exchange);

/* Up to and with the heading. The title is HTML. */
void html_begin(struct buffer *out, const char *title);
void html_end(struct buffer *out);

/* Text as it is; and with <code> for ``. */
void html_text(struct buffer *out, const char *text);
void html_marked(struct buffer *out, const char *text);

#endif
