-- Blocks and descriptions know which objects they come from, and objects which of them wins:
-- what is stored follows from the objects, not from the order in which they were taken in.

create table origin (
	origin integer generated always as identity primary key,
	uri text collate "C" not null unique,
	place bigint not null,
	whole boolean not null default false
);
comment on table origin is 'Objects that stored data come from. Where two disagree, the one of the higher place counts, then the one of the later URI';
comment on column origin.place is 'from 1; 0: it was gone when its directory or prefix was listed last';
comment on column origin.whole is 'its source gives blocks whole: days that it does not report count as not reported';

-- What is there already comes from objects that nobody knows any more: 0. All objects are read
-- again by the next run, and take the place of it.
alter table block add column origin integer default 0;
alter table block alter column origin drop default;
comment on column block.origin is 'the object that it comes from; 0: what objects said that no longer say it; null: several, see block_part';
create index block_origin on block (origin);

create table block_part (
	station_id text collate "C" not null,
	year smallint not null,
	element text collate "C" not null,
	origin integer not null,
	base integer not null,
	values bytea,
	measurement_flags text,
	quality_flags text,
	source_flags text,
	primary key (station_id, year, element, origin)
);
comment on table block_part is 'What each of several objects says of one block, encoded as there';
comment on column block_part.values is 'null: the same as the block, flags as well';
create index block_part_origin on block_part (origin);

create table station_part (
	station_id text collate "C" not null,
	origin integer not null,
	name text,
	latitude double precision,
	longitude double precision,
	elevation double precision,
	country text,
	state text,
	wmo_id text,
	primary key (station_id, origin)
);
comment on table station_part is 'What each object says of a station; all null: that there is one';
create index station_part_origin on station_part (origin);
insert into station_part
select station_id, 0, name, latitude, longitude, elevation, country, state, wmo_id
from station
where name is not null or latitude is not null or longitude is not null
	or elevation is not null or country is not null or state is not null
	or wmo_id is not null;
