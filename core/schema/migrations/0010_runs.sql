-- Blocks that know their smallest and greatest value, and that hold flags and times of observation
-- as runs: a column of them that never changes takes three bytes. Values of what was stored before
-- stay as they are until they change.

-- What others have built upon the views stays; nothing else may use the columns meanwhile.
create or replace view observation as
select
	station_id,
	null::date as date,
	element,
	null::numeric as value,
	null::text as unit,
	null::text as measurement_flag,
	null::text as quality_flag,
	null::text as source_flag,
	year
from block
where false;
create or replace view day as
select
	station_id,
	null::date as date,
	null::numeric as tmax,
	null::numeric as tmin,
	null::numeric as prcp,
	year
from block
where false;
drop function block_read(text, integer, text);
drop function block_value(bytea, integer, integer, numeric, integer);

create function block_symbols(bytes bytea, days integer) returns smallint[]
language plpgsql immutable strict parallel safe
as $$
declare
	symbols smallint[] := '{}';
	size integer;
begin
	if get_byte(bytes, 0) < 255 then
		for at in 0 .. length(bytes) / 3 - 1 loop
			size := ((get_byte(bytes, 3 * at + 1) & 15) << 8) + get_byte(bytes, 3 * at + 2) + 1;
			symbols := symbols || array_fill(
				((get_byte(bytes, 3 * at) << 4) + (get_byte(bytes, 3 * at + 1) >> 4))::smallint, array[size]);
		end loop;
		return symbols;
	end if;
	size := get_byte(bytes, 2);
	for k in 0 .. size - 1 loop
		symbols[k] := (get_byte(bytes, 3 + 2 * k) << 8) + get_byte(bytes, 4 + 2 * k);
	end loop;
	return array(
		select symbols[block_code(codes, get_byte(bytes, 1), i)]
		from generate_series(0, days - 1) i
		cross join (select substr(bytes, 4 + 2 * size) || '\x00000000' as codes offset 0) c
		order by i);
end
$$;
comment on function block_symbols is
	'Symbols of the days of a year, from a column of flags or times of the table block';

create function block_zeros(bytes bytea) returns boolean
language sql immutable parallel safe
return get_byte(bytes, 0) < 128 and get_byte(bytes, 0) & 1 = 1;
comment on function block_zeros is 'Whether the values of a block have a bit for each zero';

create function block_places(reported bytea, bytes bytea, days integer) returns smallint[]
language plpgsql immutable parallel safe
as $$
declare
	zeros constant boolean := block_zeros(bytes);
	places smallint[];
	said integer := 0;
	place integer := 0;
begin
	if get_byte(bytes, 0) = 128 or reported is null and not zeros then
		return array(select generate_series(0, days - 1));
	end if;
	places := array_fill(-2::smallint, array[days]);
	for day in 0 .. days - 1 loop
		if reported is not null and get_bit(reported, day) = 0 then
			continue;
		end if;
		if zeros and get_bit(bytes, 16 + said) = 1 then
			places[day + 1] := -1;
		else
			places[day + 1] := place;
			place := place + 1;
		end if;
		said := said + 1;
	end loop;
	return places;
end
$$;
comment on function block_places is
	'Place of each day of a year among the codes of a block; -1: the value is 0; -2: not reported';

create function block_codes(reported bytea, bytes bytea, days integer) returns bytea
language sql immutable parallel safe
return substr(bytes, case
	when get_byte(bytes, 0) = 128 then 2
	when get_byte(bytes, 0) & 1 = 1 then 3 + (coalesce(bit_count(reported)::integer, days) + 7) / 8
	else 3
end) || '\x00000000';
comment on function block_codes is 'Codes of a block, and four bytes more';

create function block_bits(bytes bytea, days integer) returns integer
language sql immutable parallel safe
return case when get_byte(bytes, 0) = 128 then 8 * (length(bytes) - 1) / days else get_byte(bytes, 1) end;
comment on function block_bits is 'Bits of each code of a block';

create function block_specials(bytes bytea) returns integer
language sql immutable parallel safe
return case
	when get_byte(bytes, 0) = 128 then 2
	else (get_byte(bytes, 0) >> 1 & 1) + (get_byte(bytes, 0) >> 2 & 1)
end;
comment on function block_specials is 'Number of codes of a block that stand for no value: the smallest';

create function block_value(codes bytea, bits integer, specials integer, base integer, scale numeric, place integer)
returns numeric
language sql immutable parallel safe
return case
	when place >= 0 then base - specials + nullif(greatest(block_code(codes, bits, place), specials - 1), specials - 1)
	when place = -1 then 0
end * scale;
comment on function block_value is
	'Value of a day, in the unit of the element, by its place; null if there is none; scale: 10^-decimals';

-- Of what is there.
create function block_runs(flags text) returns bytea
language sql immutable strict parallel safe
return (
	select string_agg(decode(lpad(to_hex((ascii(flag) << 12) + size - 1), 6, '0'), 'hex'), '' order by first)
	from (
		select flag, min(i) as first, count(*)::integer as size
		from (
			select i, flag, i - row_number() over (partition by flag order by i) as run
			from (
				select i, substr(flags, i, 1) as flag
				from generate_series(1, length(flags)) i) days) of_days
		group by flag, run) runs);

create function block_extreme(largest boolean, base integer, bytes bytea, quality text, days integer)
returns integer
language sql immutable parallel safe
return (
	select case when largest then max(value) else min(value) end::integer
	from (
		select i, block_value(codes, bits, 2, base, 1, i) as value
		from generate_series(0, days - 1) i
		cross join (
			select block_codes(null, bytes, days) as codes, block_bits(bytes, days) as bits
			offset 0) c) d
	where quality is null or substr(quality, i + 1, 1) = ' ');

alter table block
	add column times bytea,
	add column minimum integer,
	add column maximum integer;
alter table block
	alter column values type bytea using '\x80'::bytea || values,
	alter column measurement_flags type bytea using block_runs(measurement_flags),
	alter column quality_flags type bytea using block_runs(quality_flags),
	alter column source_flags type bytea using block_runs(source_flags),
	alter column minimum type integer
		using block_extreme(false, base, '\x80'::bytea || values, quality_flags, block_days(year)),
	alter column maximum type integer
		using block_extreme(true, base, '\x80'::bytea || values, quality_flags, block_days(year));
alter table block_part
	add column times bytea,
	add column reported bytea;
alter table block_part
	alter column values type bytea using '\x80'::bytea || values,
	alter column measurement_flags type bytea using block_runs(measurement_flags),
	alter column quality_flags type bytea using block_runs(quality_flags),
	alter column source_flags type bytea using block_runs(source_flags);
drop function block_extreme(boolean, integer, bytea, text, integer);
drop function block_runs(text);

comment on column block.reported_days is
	'days that a source reported, also as missing; 0: objects only withdraw what earlier ones reported';
comment on column block.values is
	'a byte of mode, a byte of width, then a code for each reported day, as docs/storage.md says; of mode 128 as before schema 10';
comment on column block.base is 'what the smallest code of a value stands for';
comment on column block.measurement_flags is
	'GHCN-Daily MFLAG, ASCII, one a day of the year, blank: none; as block_symbols() reads them; null if all are blank';
comment on column block.times is
	'time of observation likewise, hour times 100, minute and 1 added up, 0: not known; null if none is known';
comment on column block.minimum is 'smallest value of the days that are present, as a stored integer; null: none is';
comment on column block.maximum is 'greatest value likewise';
comment on column block.origin is
	'the object that it comes from; 0: what objects said that no longer say it; null: several, or one that withdraws days, see block_part';
comment on table block_part is
	'What each of several objects says of one block, or what one says that withdraws days, encoded as there';
comment on column block_part.reported is 'as in block, set also for days that are withdrawn; null if all are';

create or replace view observation as
select
	b.station_id,
	d.first + i as date,
	b.element,
	block_value(d.codes, d.bits, d.specials, b.base, d.scale, d.places[i + 1]) as value,
	e.unit,
	nullif(chr(d.measurement_flags[i + 1]), ' ') as measurement_flag,
	nullif(chr(d.quality_flags[i + 1]), ' ') as quality_flag,
	nullif(chr(d.source_flags[i + 1]), ' ') as source_flag,
	b.year,
	case when d.times[i + 1] > 0 then to_char(d.times[i + 1] - 1, 'FM00:00') end as observation_time
from block b
join element e on e.code = b.element
cross join lateral (
	select
		make_date(b.year, 1, 1) as first,
		block_codes(b.reported, b.values, block_days(b.year)) as codes,
		block_bits(b.values, block_days(b.year)) as bits,
		block_specials(b.values) as specials,
		block_places(b.reported, b.values, block_days(b.year)) as places,
		('1e-' || e.decimals)::numeric as scale,
		b.reported || '' as reported,
		block_symbols(b.measurement_flags, block_days(b.year)) as measurement_flags,
		block_symbols(b.quality_flags, block_days(b.year)) as quality_flags,
		block_symbols(b.source_flags, block_days(b.year)) as source_flags,
		block_symbols(b.times, block_days(b.year)) as times
	offset 0) d
cross join lateral generate_series(0, block_days(b.year) - 1) i
where get_bit(d.reported, i) is distinct from 0;
comment on column observation.observation_time is
	'local time of observation, HH:MM, 24:00 the end of the day; null: not known';

-- As before, with the columns that the view has now.
create or replace function observations(station_id text, elements text[] default null,
	first_date date default null, last_date date default null)
returns setof observation
language sql stable parallel safe
begin atomic
	select o.*
	from observation o
	where o.station_id = observations.station_id
		and (elements is null or o.element = any (elements))
		and o.year >= least(greatest(extract(year from first_date), -32768), 32767)::smallint
		and o.year <= greatest(least(extract(year from last_date), 32767), -32768)::smallint
		and o.date >= coalesce(first_date, '-infinity')
		and o.date <= coalesce(last_date, 'infinity');
end;

create function block_read(station_id text, year integer, element text)
returns table (codes bytea, bits integer, specials integer, base integer, scale numeric, places smallint[], reported bytea)
language sql stable parallel safe rows 1
begin atomic
	select
		block_codes(b.reported, b.values, block_days(b.year)),
		block_bits(b.values, block_days(b.year)),
		block_specials(b.values),
		b.base,
		('1e-' || e.decimals)::numeric,
		block_places(b.reported, b.values, block_days(b.year)),
		coalesce(b.reported, decode(repeat('ff', 46), 'hex'))
	from block b
	join element e on e.code = b.element
	where b.station_id = block_read.station_id
		and b.year = block_read.year
		and b.element = block_read.element
	offset 0;
end;
comment on function block_read is 'One block, ready for block_value() and get_bit(reported, day)';

create or replace view day as
select
	k.station_id,
	make_date(k.year, 1, 1) + i as date,
	block_value(tmax.codes, tmax.bits, tmax.specials, tmax.base, tmax.scale, tmax.places[i + 1]) as tmax,
	block_value(tmin.codes, tmin.bits, tmin.specials, tmin.base, tmin.scale, tmin.places[i + 1]) as tmin,
	block_value(prcp.codes, prcp.bits, prcp.specials, prcp.base, prcp.scale, prcp.places[i + 1]) as prcp,
	k.year
from (
	select station_id, year
	from block
	where element in ('TMAX', 'TMIN', 'PRCP')
	group by station_id, year) k
left join lateral block_read(k.station_id, k.year, 'TMAX') tmax on true
left join lateral block_read(k.station_id, k.year, 'TMIN') tmin on true
left join lateral block_read(k.station_id, k.year, 'PRCP') prcp on true
cross join lateral generate_series(0, block_days(k.year) - 1) i
where 1 in (get_bit(tmax.reported, i), get_bit(tmin.reported, i), get_bit(prcp.reported, i));

revoke execute on function block_symbols, block_zeros, block_places, block_codes, block_bits, block_specials,
	block_value, block_read
from public;
