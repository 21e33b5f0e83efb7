#include "ingest/statistics/stat_sql.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "schema/stat_table.h"
#include "stat/period.h"

enum { TABLE_NAME_MAX = 64 };

/* What the statements are made of. */
struct parts {
	const char *table, *stage, *part; /* part: "month", "season" ... or NULL */
	struct buffer columns;            /* "a", "b" */
	struct buffer keys;
	struct buffer set;              /* "a" = excluded."a" */
	struct buffer stored, excluded; /* s."a", s."b"; excluded."a", excluded."b" */
};

static void separate(struct buffer *list)
{
	if (list->length > 0) {
		buffer_puts(list, ", ");
	}
}

/* Names go between quotes, since element codes may hold '*' and '#'; quotes
 * themselves they cannot hold. */
static void add_column(struct parts *parts, const struct stat_column *column)
{
	separate(&parts->columns);
	buffer_printf(&parts->columns, "\"%s\"", column->name);
	if (column->kind == STAT_KEY) {
		separate(&parts->keys);
		buffer_printf(&parts->keys, "\"%s\"", column->name);
		return;
	}
	separate(&parts->set);
	buffer_printf(&parts->set, "\"%s\" = excluded.\"%s\"", column->name, column->name);
	separate(&parts->stored);
	buffer_printf(&parts->stored, "s.\"%s\"", column->name);
	separate(&parts->excluded);
	buffer_printf(&parts->excluded, "excluded.\"%s\"", column->name);
}

static char *take_text(struct buffer *buffer)
{
	char *text = memory_copy_text(buffer->data, buffer->length);

	buffer_finish(buffer);
	return text;
}

static char *make_copy(struct parts *parts, const char *table)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "copy %s (%s) from stdin (format binary)", table,
		buffer_text(&parts->columns));
	return take_text(&text);
}

static char *make_remove(const struct parts *parts, const struct period_kind *kind)
{
	struct buffer text = { 0 }, reaches_back = { 0 };

	if (kind->lead > 0) {
		buffer_printf(
			&reaches_back, " or (s.year = t.last + 1 and s.%s = 1)", kind->name);
	}
	buffer_printf(&text,
		"delete from %s s using unnest($1::text[], $2::smallint[], $3::smallint[]) "
		"as t (id, first, last) where s.station_id = t.id and "
		"(s.year between t.first and t.last%s) and not exists (select from %s g "
		"where g.station_id = s.station_id and g.year = s.year",
		parts->table, buffer_text(&reaches_back), parts->stage);
	if (parts->part != NULL) {
		buffer_printf(&text, " and g.%s = s.%s", parts->part, parts->part);
	}
	buffer_puts(&text, ") returning s.station_id");
	buffer_finish(&reaches_back);
	return take_text(&text);
}

static char *make_merge(struct parts *parts)
{
	struct buffer text = { 0 };

	buffer_printf(&text,
		"with written as (insert into %s as s (%s) select %s from %s "
		"on conflict (%s) do update set %s where (%s) is distinct from (%s) "
		"returning s.station_id) "
		"select station_id, count(*) from written group by station_id",
		parts->table, buffer_text(&parts->columns), buffer_text(&parts->columns),
		parts->stage, buffer_text(&parts->keys), buffer_text(&parts->set),
		buffer_text(&parts->stored), buffer_text(&parts->excluded));
	return take_text(&text);
}

static char *make_stage(const struct parts *parts)
{
	struct buffer text = { 0 };

	buffer_printf(&text,
		"create temporary table if not exists %s (like %s) "
		"on commit drop",
		parts->stage + sizeof("pg_temp.") - 1, parts->table);
	return take_text(&text);
}

static char *make_delete(const char *table, const char *condition)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "delete from %s%s", table, condition);
	return take_text(&text);
}

void stat_sql_init(struct stat_sql *sql, const struct alm_stat *stat)
{
	char table[TABLE_NAME_MAX], stage[2 * TABLE_NAME_MAX];
	struct parts parts = { .table = table, .stage = stage };
	const struct period_kind *kind = period_kind(stat->periods);
	struct stat_column *columns;
	size_t count = stat_table_columns(stat, &columns);

	stat_table_name(stat, table);
	snprintf(stage, sizeof(stage), "pg_temp.stage_%s", table);
	parts.part = kind->parts > 0 ? kind->name : NULL;
	for (size_t i = 0; i < count; i++) {
		add_column(&parts, &columns[i]);
	}
	sql->copy = make_copy(&parts, table);
	sql->copy_stage = make_copy(&parts, stage);
	sql->stage = make_stage(&parts);
	sql->empty = make_delete(stage, "");
	sql->clear = make_delete(table, " where station_id = any ($1::text[])");
	sql->remove = make_remove(&parts, kind);
	sql->merge = make_merge(&parts);
	free(columns);
	buffer_finish(&parts.columns);
	buffer_finish(&parts.keys);
	buffer_finish(&parts.set);
	buffer_finish(&parts.stored);
	buffer_finish(&parts.excluded);
}

void stat_sql_finish(struct stat_sql *sql)
{
	free(sql->copy);
	free(sql->stage);
	free(sql->copy_stage);
	free(sql->empty);
	free(sql->clear);
	free(sql->remove);
	free(sql->merge);
}
