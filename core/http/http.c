#include "http/http.h"

#include "http/client.h"

enum { BUSY_MS = 20 /* after a short answer, while the next short request is expected */ };

bool http_is_busy(const struct http *http)
{
	return uv_now(http->uv) - http->short_answer_at < BUSY_MS;
}

void http_free(struct http *http)
{
	buffer_finish(&http->headers);
}

const struct in6_addr *http_client(struct exchange *exchange)
{
	if (!exchange->client_known) {
		struct in6_addr origin = clients_origin(exchange->http->clients,
			&exchange->peer, exchange->header[HEADER_FORWARDED_FOR]);

		exchange->client = client_share(&origin);
		exchange->client_known = true;
	}
	return &exchange->client;
}
