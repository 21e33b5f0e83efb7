#include "http/http.h"

#include "http/client.h"

enum { BUSY_TIME = 20 /* ms after an answer in which the next request is expected */ };

bool http_is_busy(const struct http *http)
{
	return uv_now(http->uv) - http->short_answer_at < BUSY_TIME;
}

void http_free(struct http *http)
{
	buffer_finish(&http->headers);
}

const struct in6_addr *http_client(struct exchange *exchange)
{
	if (!exchange->known) {
		struct in6_addr origin = clients_origin(exchange->http->clients,
			&exchange->peer, exchange->header[HEADER_FORWARDED_FOR]);

		exchange->client = client_share(&origin);
		exchange->known = true;
	}
	return &exchange->client;
}
