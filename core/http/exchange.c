#include "http/exchange.h"

static void release_shared(struct exchange *exchange)
{
	if (exchange->shared.release != NULL) {
		exchange->shared.release(exchange->shared.owner);
	}
}

void exchange_wipe(struct exchange *exchange)
{
	struct arena arena;
	struct buffer head = exchange->head, body = exchange->body;

	buffer_finish(&exchange->stream.rest);
	buffer_finish(&exchange->content);
	release_shared(exchange);
	arena_reset(&exchange->arena);
	arena = exchange->arena;
	head.length = body.length = 0;
	*exchange = (struct exchange){ .arena = arena, .head = head, .body = body };
}

void exchange_free(struct exchange *exchange)
{
	buffer_finish(&exchange->stream.rest);
	buffer_finish(&exchange->content);
	release_shared(exchange);
	arena_finish(&exchange->arena);
	buffer_finish(&exchange->head);
	buffer_finish(&exchange->body);
}
