-- Statistics with rows of several kinds of periods: each kind is a calculator with a table of its own,
-- stat_summary_month beside stat_summary_year. What a plugin declares of the whole is kept once.
create table statistic (
	name text collate "C" primary key,
	summary text not null,
	help text,
	plugin text not null,
	plugin_version text not null,
	periods text[] not null,
	on_request text[] not null,
	parameters text not null
);
comment on table statistic is 'Statistics as their plugins declare them; calculators are their stored rows, by kind of period';
comment on column statistic.periods is 'kinds of periods of which rows are stored';
comment on column statistic.on_request is 'kinds of periods that servers compute for a request';
comment on column statistic.parameters is 'parameters with their defaults, with which stored rows are computed: "base=1961-1990"';

-- The columns of kinds that are computed for a request; those of stored rows are in calculator_column.
create table statistic_column (
	statistic text collate "C" not null references statistic (name) on delete cascade,
	position smallint not null,
	name text not null,
	unit text not null,
	help text not null,
	decimals smallint not null,
	type text not null,
	method text not null,
	inputs text[] not null,
	periods text[] not null,
	primary key (statistic, position)
);
comment on table statistic_column is 'Columns of statistics, and of which periods computed for a request they are';

alter table calculator add column statistic text collate "C";
update calculator set statistic = name;
alter table calculator alter column statistic set not null;
comment on column calculator.statistic is 'the statistic whose rows these are; its name, or that with the kind of period behind it, is the calculator''s';

alter table calculator_column add column type text not null default 'number';
comment on column calculator_column.type is 'number, integer or date';

create table statistic_base (
	station_id text collate "C" not null,
	statistic text collate "C" not null,
	definition text not null,
	base bytea not null,
	primary key (station_id, statistic)
);
comment on table statistic_base is 'What statistics keep of the base period of each station';
comment on column statistic_base.definition is 'the definition that it was made with';
comment on column statistic_base.base is 'bytes that are the plugin''s own';
