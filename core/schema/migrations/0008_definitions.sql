-- Rows of statistics belong to the definition that they were computed with: their columns and units
-- are that one's, whatever has been declared since. So columns are kept for each definition, and
-- a calculator says which one the rows that count are of, and in which table they are: stat_<name>, or
-- former_stat_<name> while rows of other columns are being computed into stat_<name>.
create table calculator_definition (
	calculator text collate "C" not null references calculator (name) on delete cascade,
	definition text not null,
	plugin_version text not null,
	declared_at timestamptz not null default now(),
	primary key (calculator, definition)
);
comment on table calculator_definition is
	'What calculators were declared as: now, and when the rows that count were computed';

insert into calculator_definition (calculator, definition, plugin_version)
select name, definition, plugin_version from calculator;

alter table calculator_column add column definition text;
update calculator_column c set definition = k.definition
from calculator k where k.name = c.calculator;
alter table calculator_column
	alter column definition set not null,
	drop constraint calculator_column_pkey,
	drop constraint calculator_column_calculator_fkey,
	add primary key (calculator, definition, position),
	add foreign key (calculator, definition) references calculator_definition on delete cascade;
comment on table calculator_column is 'Columns of calculators as their plugins declare them, for each definition';

-- Rows of which it is not known what they were computed with have no columns.
alter table calculator
	add column computed_table text collate "C",
	add column stale boolean not null default false;
update calculator set
	computed_table = case when computed_definition = definition then 'stat_' || name end,
	computed_definition = case when computed_definition = definition then definition end,
	computing_definition = null,
	computed_until = null;
comment on column calculator.computed_definition is
	'the definition that all rows that count were computed with; null: there are none yet';
comment on column calculator.computed_table is
	'the table that these rows are in: stat_<name>, or former_stat_<name> until the rows of other columns are computed';
comment on column calculator.stale is
	'data have changed without the calculator: its rows are computed again by the next ingestion that has it';
comment on column calculator.computing_definition is
	'while rows are being computed: the definition that they are computed with';
comment on column calculator.computed_until is
	'while rows are being computed: the last station that has them';
