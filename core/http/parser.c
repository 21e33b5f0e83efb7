#include "http/parser.h"

#include <string.h>
#include <strings.h>

#include "http/host_field.h"

enum { REQUEST_LINE_REST = 32 }; /* method, version, spaces */

/* Fields by which the parser itself acts. STORED + h: request header h. */
enum field { OTHER, HOST, TRANSFER_ENCODING, EXPECT, STORED };

static const struct {
	const char *name;
	size_t length;
	unsigned field;
} fields[] = {
	{ "accept", 6, STORED + HEADER_ACCEPT },
	{ "accept-encoding", 15, STORED + HEADER_ACCEPT_ENCODING },
	{ "access-control-request-headers", 30, STORED + HEADER_REQUEST_HEADERS },
	{ "access-control-request-method", 29, STORED + HEADER_REQUEST_METHOD },
	{ "expect", 6, EXPECT },
	{ "host", 4, HOST },
	{ "if-none-match", 13, STORED + HEADER_IF_NONE_MATCH },
	{ "if-range", 8, STORED + HEADER_IF_RANGE },
	{ "origin", 6, STORED + HEADER_ORIGIN },
	{ "range", 5, STORED + HEADER_RANGE },
	{ "traceparent", 11, STORED + HEADER_TRACEPARENT },
	{ "transfer-encoding", 17, TRANSFER_ENCODING },
	{ "user-agent", 10, STORED + HEADER_USER_AGENT },
	{ "x-amzn-trace-id", 15, STORED + HEADER_AMZN_TRACE_ID },
	{ "x-forwarded-for", 15, STORED + HEADER_FORWARDED_FOR },
	{ "x-request-id", 12, STORED + HEADER_REQUEST_ID },
};

static struct parser *parser_of(llhttp_t *http)
{
	return http->data;
}

/* -- Callbacks of llhttp. It is given whole heads, so every span is whole ----------- */

static int on_url(llhttp_t *http, const char *at, size_t length)
{
	struct parser *parser = parser_of(http);

	parser->head.target = at;
	parser->head.target_length = length;
	return 0;
}

static int on_header_field(llhttp_t *http, const char *at, size_t length)
{
	struct parser *parser = parser_of(http);

	if (parser->place == IN_BODY) {
		return HPE_USER;
	}
	parser->field = OTHER;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].length == length &&
			strncasecmp(fields[i].name, at, length) == 0) {
			parser->field = (uint8_t)fields[i].field;
		}
	}
	return 0;
}

static void trim(const char **at, size_t *length)
{
	while (*length > 0 && (**at == ' ' || **at == '\t')) {
		(*at)++;
		(*length)--;
	}
	while (*length > 0 && ((*at)[*length - 1] == ' ' || (*at)[*length - 1] == '\t')) {
		(*length)--;
	}
}

static bool is_text(const char *at, size_t length, const char *text)
{
	return strlen(text) == length && strncasecmp(at, text, length) == 0;
}

/* Counts to 2: none, one, too many. */
static void count(uint8_t *counter)
{
	if (*counter < 2) {
		(*counter)++;
	}
}

static void store_header(struct parser *parser, const char *at, size_t length)
{
	struct parser_head *head = &parser->head;

	if (head->header_count == PARSER_HEADERS_MAX) {
		parser->too_many = true;
		return;
	}
	head->headers[head->header_count++] =
		(struct parser_header){ .at = (uint32_t)(at - head->text),
			.length = length & 0xffffff, /* longer heads are refused before */
			.header = parser->field - STORED };
}

static int on_header_value(llhttp_t *http, const char *at, size_t length)
{
	struct parser *parser = parser_of(http);

	trim(&at, &length);
	switch (parser->field) {
	case HOST:
		count(&parser->hosts);
		parser->host = host_field_check(at, length);
		break;
	case TRANSFER_ENCODING:
		count(&parser->codings);
		parser->bad_coding |= !is_text(at, length, "chunked");
		break;
	case EXPECT:
		parser->head.expects |= is_text(at, length, "100-continue");
		break;
	case OTHER:
		break;
	default:
		store_header(parser, at, length);
	}
	return 0;
}

static int on_headers_complete(llhttp_t *http)
{
	struct parser *parser = parser_of(http);
	bool one = http->http_major == 1;

	parser->place = IN_BODY;
	parser->head.http_1_0 = one && http->http_minor == 0;
	/* Nothing behind a chunked body is parsed as a request: recipients differ in how they
	 * read chunks (RFC 9112, 11.2). */
	parser->head.keep_alive = llhttp_should_keep_alive(http) && parser->codings == 0 &&
				  http->method != HTTP_CONNECT;
	return 0;
}

static int on_body(llhttp_t *http, const char *at, size_t length)
{
	struct parser *parser = parser_of(http);

	if (parser->takes) {
		buffer_append(&parser->body, at, length);
	}
	return 0;
}

static size_t body_max(const struct parser *parser)
{
	return parser->takes ? parser->limits->body_bytes : PARSER_BODY_MAX;
}

/* Refuses a chunk that is too large by its header. */
static int on_chunk_header(llhttp_t *http)
{
	return http->content_length > body_max(parser_of(http)) ? -1 : 0;
}

static int on_message_complete(llhttp_t *http)
{
	parser_of(http)->place = AT_END;
	return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_chunk_header = on_chunk_header,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* -- Life ---------------------------------------------------------------------------- */

static void begin_request(struct parser *parser)
{
	llhttp_reset(&parser->http);
	parser->head.header_count = 0;
	parser->head.target = NULL;
	parser->head.target_length = 0;
	parser->head.keep_alive = parser->head.http_1_0 = parser->head.expects = false;
	parser->head_bytes = parser->body_bytes = 0;
	parser->line_bytes = parser->first_line_bytes = 0;
	parser->place = IN_HEAD;
	parser->started = parser->after_cr = false;
	parser->hosts = parser->codings = 0;
	parser->host = HOST_FIELD_GOOD;
	parser->takes = false;
	parser->bad_coding = parser->too_many = false;
}

void parser_init(struct parser *parser, const struct parser_limits *limits)
{
	memset(parser, 0, sizeof(*parser));
	parser->limits = limits;
	llhttp_init(&parser->http, HTTP_REQUEST, &callbacks);
	parser->http.data = parser;
	begin_request(parser);
}

void parser_finish(struct parser *parser)
{
	buffer_finish(&parser->partial);
	buffer_finish(&parser->body);
}

bool parser_is_within_request(const struct parser *parser)
{
	return parser->place != IN_HEAD || parser->started || parser->line_bytes > 0;
}

static enum parser_event bad(struct parser *parser, int status, const char *reason)
{
	parser->status = status;
	parser->reason = reason;
	return PARSER_BAD;
}

/* The number of bytes is appended to `reason`. */
static enum parser_event too_large(
	struct parser *parser, int status, size_t limit, const char *reason)
{
	parser->limit = limit;
	return bad(parser, status, reason);
}

static enum parser_event refuse_size(struct parser *parser)
{
	return too_large(parser, 413, body_max(parser),
		parser->takes ? "the body is too large: at the most it may have"
			      : "GET needs no body: leave it out; at the most it may have");
}

static enum parser_event refuse_url(struct parser *parser)
{
	return too_large(parser, 414, parser->limits->url_bytes,
		"the URL is too long: ask for fewer stations or elements at a time; at the most it "
		"may have");
}

/* -- Heads --------------------------------------------------------------------------- */

/* Finds the end of the head, and faults that llhttp, depending on its version, accepts: lines
 * that end without CR or without LF, folded lines, headers without a name. Returns the bytes
 * that belong to the head and sets *complete, or sets *fault. */
static size_t scan(struct parser *parser, const char *data, size_t length, bool *complete,
	const char **fault)
{
	for (size_t i = 0; i < length; i++) {
		char c = data[i];

		if (parser->after_cr) {
			if (c != '\n') {
				*fault = "a CR is not followed by LF";
				return i;
			}
			parser->after_cr = false;
			if (parser->line_bytes == 0 && parser->started) {
				*complete = true;
				return i + 1;
			}
			if (!parser->started) {
				parser->started = parser->line_bytes > 0;
				parser->first_line_bytes = parser->line_bytes;
			}
			parser->line_bytes = 0;
		} else if (c == '\r') {
			parser->after_cr = true;
		} else if (c == '\n') {
			*fault = "a line ends with LF instead of CRLF";
			return i;
		} else {
			if (parser->line_bytes == 0 && (c == ' ' || c == '\t' || c == ':')) {
				*fault = "a line begins with white space or a colon";
				return i;
			}
			parser->line_bytes++;
		}
	}
	return length;
}

/* Message for the client, by llhttp's error code. The codes differ a little between versions.
 */
static const char *explain(llhttp_errno_t error)
{
	static const struct {
		llhttp_errno_t error;
		const char *text;
	} list[] = {
		{ HPE_INVALID_METHOD, "the request does not begin with a method, such as GET" },
		{ HPE_INVALID_URL,
			"the URL has a character that must be percent-encoded: a space is %20, of other "
			"characters than those of ASCII each byte in UTF-8 (\xC3\xA9 is %C3%A9)" },
		{ HPE_INVALID_CONSTANT,
			"behind the URL there is something else than HTTP/1.1; a space in a URL is %20" },
		{ HPE_INVALID_HEADER_TOKEN,
			"a header is not NAME: VALUE, or has a control character in it" },
		{ HPE_UNEXPECTED_CONTENT_LENGTH,
			"there is more than one Content-Length, or one beside Transfer-Encoding" },
		{ HPE_INVALID_CONTENT_LENGTH, "Content-Length is not a number of bytes" },
		{ HPE_INVALID_TRANSFER_ENCODING,
			"Transfer-Encoding does not end with chunked" },
		{ HPE_UNEXPECTED_SPACE, "there is white space before the colon of a header" },
		{ HPE_INVALID_CHUNK_SIZE, "the size of a chunk is not a hexadecimal number" },
		{ HPE_USER, "there are trailers behind the chunks, which are not read here" },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (list[i].error == error) {
			return list[i].text;
		}
	}
	return "the request is not what HTTP/1.1 lets a client send (RFC 9112)";
}

/* Whether a path or an absolute URL follows the method. */
static bool is_path_or_url(const char *text)
{
	text += strspn(text, "\r\n");
	text += strcspn(text, " ");
	text += strspn(text, " ");
	return *text == '/' || *text == '*' || strncasecmp(text, "http", strlen("http")) == 0;
}

/* Refuses a head that llhttp has refused. */
static enum parser_event refuse(struct parser *parser, llhttp_errno_t error, const char *text)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-.^_`|~";

	if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) {
		return bad(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	}
	if (error == HPE_INVALID_METHOD) {
		text += strspn(text, "\r\n");
		if (strncmp(text, "QUERY ", strlen("QUERY ")) == 0) {
			return bad(parser, 405, "only GET, HEAD and OPTIONS are known here");
		}
		if (text[strspn(text, token)] == ' ') {
			return bad(parser, 501, "the method is not known; use GET");
		}
	}
	if (error == HPE_INVALID_URL && !is_path_or_url(text)) {
		return bad(parser, 400, "the URL must begin with '/' or http://");
	}
	return bad(parser, 400, explain(error));
}

/* Whether the target is in absolute form, "http://host/path": the Host header is ignored then
 * (RFC 9112, 3.2.2). */
static bool names_host(const struct parser *parser)
{
	const struct parser_head *head = &parser->head;

	return head->target_length > 0 && head->target[0] != '/' && head->target[0] != '*';
}

/* Checks the requirements of the standard that llhttp does not check. */
static enum parser_event check_head(struct parser *parser)
{
	const llhttp_t *http = &parser->http;

	if (http->http_major != 1 || http->http_minor > 1) {
		return bad(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	}
	if (parser->hosts > 1) {
		return bad(parser, 400, "there is more than one Host header");
	}
	if (parser->hosts == 0 && !parser->head.http_1_0) {
		return bad(parser, 400, "the Host header is missing");
	}
	if (parser->host == HOST_FIELD_BAD) {
		return bad(parser, 400, "the Host header is not HOST or HOST:PORT");
	}
	if (parser->host == HOST_FIELD_EMPTY && !names_host(parser)) {
		return bad(parser, 400,
			"the Host header is empty; it must name the host of the URL");
	}
	if (parser->codings > 0 && parser->head.http_1_0) {
		return bad(parser, 400, "HTTP/1.0 has no Transfer-Encoding");
	}
	if (parser->codings > 1) {
		return bad(parser, 400, "there is more than one Transfer-Encoding header");
	}
	if (parser->bad_coding) {
		return bad(parser, 501, "the only Transfer-Encoding known here is chunked");
	}
	if (parser->too_many) {
		return bad(parser, 431,
			"there are too many Accept, Origin, X-Forwarded-For and such headers");
	}
	if (parser->head.target_length > parser->limits->url_bytes) {
		return refuse_url(parser);
	}
	if (parser->place == IN_BODY && http->content_length > PARSER_BODY_MAX &&
		method_reads(parser->head.method)) {
		return refuse_size(parser);
	}
	return PARSER_HEAD;
}

/* The handler may take a body that its method has a meaning for. */
static enum parser_event offer_body(struct parser *parser)
{
	const struct parser_limits *limits = parser->limits;

	parser->takes = !method_reads(parser->head.method) && limits->takes_body != NULL &&
			limits->takes_body(limits->arg, &parser->head);
	return parser->takes && parser->http.content_length > limits->body_bytes
		       ? refuse_size(parser)
		       : PARSER_HEAD;
}

/* Parses a whole head, which ends with an empty line. */
static enum parser_event read_head(struct parser *parser, const char *text, size_t length)
{
	llhttp_errno_t error;
	enum parser_event event;

	parser->head.text = text;
	parser->head.length = length;
	error = llhttp_execute(&parser->http, text, length);
	if (error != HPE_OK && error != HPE_PAUSED) {
		return refuse(parser, error, text);
	}
	if (parser->place == IN_HEAD && parser->http.method == HTTP_PRI) {
		return refuse(parser, HPE_PAUSED_H2_UPGRADE, text);
	}
	if (parser->place == IN_HEAD) {
		return bad(parser, 400, "the headers do not end where they seem to");
	}
	parser->head.method = method_find(llhttp_method_name(parser->http.method));
	event = check_head(parser);
	if (event == PARSER_HEAD && parser->place == IN_BODY) {
		event = offer_body(parser);
	}
	if (parser->place == IN_BODY && !parser->takes &&
		(parser->head.expects || !method_reads(parser->head.method))) {
		/* Answered without the body, so nothing after it can be read. */
		parser->place = AT_END;
		parser->head.keep_alive = false;
	}
	return event;
}

static enum parser_event check_size(struct parser *parser)
{
	const struct parser_limits *limits = parser->limits;
	size_t line = parser->started ? parser->first_line_bytes : parser->line_bytes;

	/* The request line is a little longer than its URL. */
	if (line > limits->url_bytes + REQUEST_LINE_REST) {
		return refuse_url(parser);
	}
	if (parser->head_bytes > limits->head_bytes) {
		return too_large(parser, 431, limits->head_bytes,
			"the headers are too large: send fewer or shorter ones, cookies say; at the most "
			"they may have");
	}
	return PARSER_MORE;
}

static size_t span(const char *text, size_t length, size_t from, char stop)
{
	const char *found = memchr(text + from, stop, length - from);

	return found != NULL ? (size_t)(found - text) : length;
}

/* Sets the target of a malformed head, without its query: the text between the first and the
 * last space of the first line, if it was received whole. */
static void find_path(struct parser_head *head, const char *text, size_t length)
{
	size_t begin = 0, line, end;

	head->target = NULL;
	head->target_length = 0;
	if (length == 0) {
		return; /* `text` may be NULL */
	}
	while (begin < length && (text[begin] == '\r' || text[begin] == '\n')) {
		begin++;
	}
	line = span(text, length, begin, '\r');
	begin = span(text, line, begin, ' ');
	while (begin < line && text[begin] == ' ') {
		begin++;
	}
	end = span(text, line, begin, '?');
	if (end == line && line == length) {
		return;
	}
	if (end == line) {
		while (end > begin && text[end - 1] != ' ') {
			end--;
		}
		end = end > begin ? end - 1 : line;
	}
	head->target = text + begin;
	head->target_length = end - begin;
}

static enum parser_event feed_head(struct parser *parser, const char **data, size_t *length)
{
	const char *fault = NULL, *text = *data;
	bool complete = false;
	size_t n = scan(parser, text, *length, &complete, &fault), head = n;
	enum parser_event event;

	*data += n;
	*length -= n;
	parser->head_bytes += (uint32_t)n;
	if (parser->partial.length > 0 || !complete) {
		buffer_append(&parser->partial, text, n);
		text = parser->partial.data;
		head = parser->partial.length;
	}
	event = fault != NULL ? bad(parser, 400, fault) : check_size(parser);
	if (event == PARSER_MORE && complete) {
		event = read_head(parser, text, head);
	}
	if (event == PARSER_BAD) {
		find_path(&parser->head, text, head);
	}
	return event;
}

/* -- Bodies and all ---------------------------------------------------------------- */

static enum parser_event feed_body(struct parser *parser, const char **data, size_t *length)
{
	llhttp_errno_t error = llhttp_execute(&parser->http, *data, *length);
	const char *end = *data + *length;

	if (error == HPE_CB_CHUNK_HEADER) {
		return refuse_size(parser);
	}
	if (error != HPE_OK && error != HPE_PAUSED) {
		return bad(parser, 400, explain(error));
	}
	if (error == HPE_PAUSED) {
		end = llhttp_get_error_pos(&parser->http);
	}
	parser->body_bytes += (uint32_t)(end - *data);
	*length -= (size_t)(end - *data);
	*data = end;
	if (parser->body_bytes > body_max(parser)) {
		return refuse_size(parser);
	}
	return parser->place == AT_END ? PARSER_END : PARSER_MORE;
}

enum parser_event parser_feed(struct parser *parser, const char **data, size_t *length)
{
	enum parser_event event;

	if (parser->place == IN_HEAD) {
		return feed_head(parser, data, length);
	}
	buffer_finish(&parser->partial); /* the head was read from it */
	event = parser->place == IN_BODY ? feed_body(parser, data, length) : PARSER_END;
	if (event == PARSER_END) {
		begin_request(parser);
	}
	return event;
}
