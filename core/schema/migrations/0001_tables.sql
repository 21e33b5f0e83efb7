-- Tables of Almanac. Every key of station data begins with station_id, so that
-- the tables can be distributed by station as they are. Station ids and element
-- codes compare by byte (collation "C"): the order of the API is theirs.

create table station (
	station_id text collate "C" primary key,
	name text,
	latitude double precision,
	longitude double precision,
	elevation double precision,
	country text,
	state text,
	wmo_id text,
	version bigint not null default 0
);
comment on table station is 'Weather stations; those that only observations mention have no name';
comment on column station.latitude is 'degrees north, WGS 84';
comment on column station.longitude is 'degrees east, WGS 84';
comment on column station.elevation is 'metres above mean sea level';
comment on column station.country is 'FIPS 10-4 code';
comment on column station.wmo_id is 'five-digit WMO station number';
comment on column station.version is 'dataset version that changed the station or its days last';

create table element (
	code text collate "C" primary key,
	name text not null,
	unit text not null,
	decimals smallint not null check (decimals between 0 and 6),
	minimum integer not null,
	maximum integer not null
);
comment on table element is 'Observed quantities; stored integers are in 10^-decimals of the unit';
comment on column element.unit is 'UDUNITS symbol';
comment on column element.minimum is 'smallest stored integer that is physically possible';
comment on column element.maximum is 'largest stored integer that is physically possible';

create table block (
	station_id text collate "C" not null,
	year smallint not null,
	element text collate "C" not null,
	reported_days smallint not null,
	present_days smallint not null,
	longest_gap smallint not null,
	month_present bytea not null,
	month_gap bytea not null,
	reported bytea,
	base integer not null,
	values bytea not null,
	measurement_flags text,
	quality_flags text,
	source_flags text,
	primary key (station_id, year, element)
);
comment on table block is 'One year of days of one element at one station; read it through the view observation';
comment on column block.reported_days is 'days that a source reported, also as missing';
comment on column block.present_days is 'days with a value and no quality flag';
comment on column block.longest_gap is 'longest run of days of the year that are not present';
comment on column block.month_present is '12 bytes: present days of each month';
comment on column block.month_gap is '12 bytes: longest run of days of the month that are not present';
comment on column block.reported is '46 bytes: bit i (byte i/8, value 2^(i%8)) is day of year i+1, set if reported; null if all days are';
comment on column block.base is 'what a code of 2 in values stands for';
comment on column block.values is 'a code per day of year, each of as many bits as fit the bytes evenly, most significant bit first; 0: not reported, 1: reported as missing, n: base + n - 2';
comment on column block.measurement_flags is 'GHCN-Daily MFLAG, one character per day of year, blank: none; null if all blank';
comment on column block.quality_flags is 'GHCN-Daily QFLAG likewise; a value with one is not present';
comment on column block.source_flags is 'GHCN-Daily SFLAG likewise';

create table ingest_run (
	run_id bigint generated always as identity primary key,
	started_at timestamptz not null default now(),
	finished_at timestamptz,
	program_version text not null,
	outcome text check (outcome in ('success', 'partial', 'failure')),
	report jsonb
);
comment on table ingest_run is 'Runs of the ingestion; outcome is null while one runs, or was ended from outside';

create table ingest_object (
	uri text collate "C" primary key,
	run_id bigint not null,
	taken_at timestamptz not null default now(),
	size bigint not null,
	hash text not null,
	source text,
	source_version text,
	lines bigint not null default 0,
	observations bigint not null default 0,
	rejects bigint not null default 0,
	members bigint not null default 0,
	outcome text not null check (outcome in ('taken', 'failed')),
	error text
);
comment on table ingest_object is 'Last known state of every object; the same hash, source and version is not taken in again';
comment on column ingest_object.uri is 'where it came from; a member of an archive is archive!member';
comment on column ingest_object.size is 'bytes as stored; of a member of an archive, after decompression';
comment on column ingest_object.hash is 'XXH3-128 of these bytes, hexadecimal';
comment on column ingest_object.members is 'files in it that were taken in, of an archive''s own row (source "archive")';

create table reject (
	uri text collate "C" not null,
	line bigint not null,
	reason text not null,
	content text not null,
	primary key (uri, line)
);
comment on table reject is 'Lines that were not taken in, of the last state of each object';
comment on column reject.content is 'the line''s first characters';

create table dataset_version (
	singleton boolean primary key default true check (singleton),
	version bigint not null,
	changed_at timestamptz not null
);
comment on table dataset_version is 'One row; grows whenever stored data change, and never otherwise';
insert into dataset_version (version, changed_at) values (0, now());

create table calculator (
	name text collate "C" primary key,
	summary text not null,
	period text not null check (period in ('month', 'season', 'year')),
	plugin_version text not null,
	definition text not null,
	computed_definition text
);
comment on table calculator is 'Statistics calculators; the rows of each are in the table stat_<name>';
comment on column calculator.definition is 'what the declared columns and the plugin version amount to';
comment on column calculator.computed_definition is 'the definition that the stored rows were computed with';

create table calculator_column (
	calculator text collate "C" not null references calculator (name) on delete cascade,
	position smallint not null,
	name text not null,
	unit text not null,
	help text not null,
	decimals smallint not null,
	method text not null check (method in ('mean', 'sum', 'count', 'minimum', 'maximum')),
	inputs text[] not null,
	primary key (calculator, position)
);
comment on table calculator_column is 'Columns of calculators as their plugins declare them';
