-- Provenance: which run took in which object, for plugins and clients.
create view ingestion as
select
	r.run_id,
	r.started_at,
	r.finished_at,
	r.outcome,
	o.uri,
	o.taken_at,
	case when o.hash <> '' then o.size end as size,
	nullif(o.hash, '') as hash,
	o.source,
	o.source_version,
	o.lines,
	o.observations,
	o.rejects,
	o.outcome as object_outcome
from ingest_run r
left join ingest_object o on o.run_id = r.run_id;
comment on view ingestion is
	'A row for each object under the run that took its present state in; runs without such an object have one row, without an object';
comment on column ingestion.outcome is 'of the run; null: it has not finished, or was ended from outside';
comment on column ingestion.uri is 'without credentials; a member of an archive is archive!member';
comment on column ingestion.size is 'bytes as stored; of a member of an archive, after decompression; null: it was not read to its end';
comment on column ingestion.hash is 'XXH3-128 of these bytes, hexadecimal';

create index ingest_object_run on ingest_object (run_id, uri);

-- What values were before later objects changed them. Rows are never changed; first loads make none.
create table changed_days (
	station_id text collate "C" not null,
	element text collate "C" not null,
	year smallint not null,
	change bigint generated always as identity,
	run_id bigint not null,
	changed_at timestamptz not null default now(),
	uri text collate "C",
	days smallint[] not null,
	was integer[] not null,
	became integer[] not null,
	was_quality text,
	became_quality text,
	primary key (station_id, element, year, change)
);
comment on table changed_days is 'Days of one block of which a value was replaced or withdrawn, or its quality flag changed; read it through the view revision';
comment on column changed_days.uri is 'the object that brought the change; null: none, objects changed their order';
comment on column changed_days.days is 'days of the year, from 0; the arrays beside it have an element for each';
comment on column changed_days.was is 'stored integers, as in block';
comment on column changed_days.became is 'likewise; null: no value';
comment on column changed_days.was_quality is 'GHCN-Daily QFLAG, one character for each of the days, blank: none; null if all are blank, became_quality too';
create index changed_days_change on changed_days (change);

create view revision as
select
	c.station_id,
	make_date(c.year, 1, 1) + d.day as date,
	c.element,
	d.was * s.scale as was,
	d.became * s.scale as became,
	nullif(substr(c.was_quality, d.place::integer, 1), ' ') as was_quality,
	nullif(substr(c.became_quality, d.place::integer, 1), ' ') as became_quality,
	e.unit,
	c.changed_at,
	c.run_id,
	c.uri,
	c.year,
	c.change
from changed_days c
join element e on e.code = c.element
cross join lateral (select ('1e-' || e.decimals)::numeric as scale offset 0) s
cross join lateral unnest(c.days, c.was, c.became) with ordinality as d (day, was, became, place);
comment on view revision is
	'A row for each day whose value was replaced or withdrawn, or whose quality flag changed; conditions on station_id, element and year are fast';
comment on column revision.was is 'in the unit of the element, with its decimals, as became';
comment on column revision.became is 'null: it was withdrawn, or reported as missing';
comment on column revision.was_quality is 'GHCN-Daily QFLAG, as became_quality; values with one are left out of statistics';
comment on column revision.uri is 'the object that brought the change, which may be gone since; null: none, objects changed their order';
comment on column revision.change is 'grows with time';
