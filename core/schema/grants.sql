-- Statements that give writer and reader what they lack. The writer merges blocks
-- and statistics and keeps the ledger of ingestion; what unit stored integers are in
-- is not its to change.
with relation (name, reader, writer) as (
	values
		('station', 'select', 'select, insert, update, delete'),
		('block', 'select', 'select, insert, update, delete'),
		('block_part', 'select', 'select, insert, update, delete'),
		('station_part', 'select', 'select, insert, update, delete'),
		('origin', 'select', 'select, insert, update, delete'),
		('changed_days', 'select', 'select, insert'),
		('element', 'select', 'select, insert'),
		('ingest_run', 'select', 'select, insert, update, delete'),
		('ingest_object', 'select', 'select, insert, update, delete'),
		('reject', 'select', 'select, insert, update, delete'),
		('dataset_version', 'select', 'select, update'),
		('dataset_history', 'select', 'select, insert, delete'),
		('calculator', 'select', 'select'),
		('calculator_definition', 'select', 'select'),
		('calculator_column', 'select', 'select'),
		('statistic', 'select', 'select'),
		('statistic_column', 'select', 'select'),
		('statistic_base', 'select', 'select, insert, update, delete'),
		('schema_migration', 'select', 'select'),
		('ingestion', 'select', 'select'),
		('revision', 'select', 'select'),
		('observation', 'select', 'select'),
		('day', 'select', 'select')
	union all
	select 'stat_' || name, 'select', 'select, insert, update, delete'
	from calculator
	union all
	select computed_table, 'select', 'select'
	from calculator
	where computed_table <> 'stat_' || name
), wanted (role, object, privilege) as (
	select role, name, privilege
	from relation
	cross join lateral (values ('almanac_reader', reader), ('almanac_writer', writer)) r (role, list)
	cross join lateral regexp_split_to_table(list, ', ') privilege
	where not has_table_privilege(role, name, privilege)
	union all
	select 'almanac_writer', name, format('update (%I)', changed)
	from (values
		('element', 'name'),
		('element', 'minimum'),
		('element', 'maximum'),
		('calculator', 'computed_definition'),
		('calculator', 'computed_table'),
		('calculator', 'stale'),
		('calculator', 'computing_definition'),
		('calculator', 'computed_until')) v (name, changed)
	where not has_column_privilege('almanac_writer', name, changed, 'update')
	union all
	select role, 'function ' || oid::regprocedure, 'execute'
	from pg_proc
	cross join (values ('almanac_reader'), ('almanac_writer')) r (role)
	where pronamespace = current_schema()::regnamespace
		and proname in ('block_days', 'block_code', 'block_symbols', 'block_zeros',
			'block_places', 'block_codes', 'block_bits', 'block_specials', 'block_value', 'block_read', 'observations')
		and not has_function_privilege(role, oid, 'execute')
)
select format('grant %s on %s to %s', string_agg(privilege, ', '), object, role)
from wanted
group by object, role
order by object, role
