#include "db/pool_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static size_t value_length(const struct statement_args *args, int i)
{
	bool binary = args->formats != NULL && args->formats[i] != 0;

	return binary ? (size_t)args->lengths[i] : strlen(args->values[i]) + 1;
}

static size_t values_length(const struct statement_args *args, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++) {
		length += args->values[i] != NULL ? value_length(args, i) : 0;
	}
	return length;
}

static const int *copy_integers(int *to, const int *from, int count)
{
	if (from == NULL) {
		return NULL;
	}
	memcpy(to, from, (size_t)count * sizeof(*to));
	return to;
}

/* Behind the query, in the same piece of memory: pointers, then integers, then bytes. */
static void copy_args(
	struct pool_query *query, const struct statement_args *from, int count, char *memory)
{
	const char **values = (const char **)(void *)memory;
	int *integers = (int *)(void *)(values + count);
	char *bytes = (char *)(integers + 2 * count);

	for (int i = 0; i < count; i++) {
		size_t length = from->values[i] != NULL ? value_length(from, i) : 0;

		values[i] = from->values[i] != NULL ? bytes : NULL;
		if (length > 0) {
			memcpy(bytes, from->values[i], length);
		}
		bytes += length;
	}
	query->args =
		(struct statement_args){ values, copy_integers(integers, from->lengths, count),
			copy_integers(integers + count, from->formats, count) };
}

struct pool_query *query_create(
	const struct statement *statement, const struct statement_args *args)
{
	int count = statement->param_count;
	size_t size = sizeof(struct pool_query) + (size_t)count * sizeof(char *) +
		      2 * (size_t)count * sizeof(int) + values_length(args, count);
	struct pool_query *query = memory_array(1, size);

	query->statement = statement;
	copy_args(query, args, count, (char *)(query + 1));
	return query;
}

void query_rewind(struct pool_query *query)
{
	PQclear(query->result);
	query->result = NULL;
	query->prelude = PRELUDE_NONE;
	query->prepared = 0;
}

void query_answer(struct pool_query *query, enum pool_outcome outcome, const PGresult *result)
{
	pool_done_fn *done = query->done;

	query->done = NULL;
	if (done != NULL) {
		query->figures->outcomes[outcome]++;
		done(query->arg, outcome, result);
	}
}

void query_destroy(struct pool_query *query)
{
	PQclear(query->result);
	free(query);
}

void query_push(struct query_list *list, struct pool_query *query)
{
	query->next = NULL;
	if (list->last != NULL) {
		list->last->next = query;
	} else {
		list->first = query;
	}
	list->last = query;
}

struct pool_query *query_pop(struct query_list *list)
{
	struct pool_query *query = list->first;

	if (query != NULL) {
		list->first = query->next;
		list->last = list->first != NULL ? list->last : NULL;
	}
	return query;
}

static struct pool_query *find_late(const struct query_list *list, uint64_t now)
{
	struct pool_query *query = list->first;

	while (query != NULL && (query->done == NULL || now < query->deadline)) {
		query = query->next;
	}
	return query;
}

void query_tell_late(struct query_list *list, uint64_t now)
{
	struct pool_query *query;

	while ((query = find_late(list, now)) != NULL) {
		query_answer(query, POOL_TIMEOUT, NULL);
	}
}

void query_end_late(struct query_list *list, uint64_t now)
{
	struct query_list all = *list;
	struct pool_query *query;

	*list = (struct query_list){ NULL, NULL };
	while ((query = query_pop(&all)) != NULL) {
		if (now < query->deadline) {
			query_push(list, query);
		} else {
			query_answer(query, POOL_TIMEOUT, NULL);
			query_destroy(query);
		}
	}
}
