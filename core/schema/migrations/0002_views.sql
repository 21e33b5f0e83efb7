-- Reading blocks with SQL. All of it is plain SQL so that the planner can take it
-- apart: what a query does not ask for is not decoded, and conditions on station,
-- year and element reach the index of block. A subquery that ends with "offset 0"
-- stays whole: it is evaluated once for a block, not once for a day.

create function block_days(year integer) returns integer
language sql immutable parallel safe
return case
	when year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0) then 366
	else 365
end;
comment on function block_days is 'Days of a year, the number of codes in its blocks';

create function block_code(codes bytea, bits integer, day integer) returns bigint
language sql immutable parallel safe
return case
	when bits <= 17 then (
		(get_byte(codes, day * bits / 8) << 16)
		+ (get_byte(codes, day * bits / 8 + 1) << 8)
		+ get_byte(codes, day * bits / 8 + 2)
		>> 24 - bits - day * bits % 8) & ((1 << bits) - 1)
	else (
		(get_byte(codes, day * bits / 8)::bigint << 32)
		+ (get_byte(codes, day * bits / 8 + 1)::bigint << 24)
		+ (get_byte(codes, day * bits / 8 + 2)::bigint << 16)
		+ (get_byte(codes, day * bits / 8 + 3)::bigint << 8)
		+ get_byte(codes, day * bits / 8 + 4)
		>> 40 - bits - day * bits % 8) & ((1::bigint << bits) - 1)
end;
comment on function block_code is
	'Code of a day of year, from 0; codes: block.values and four bytes more, so that three bytes can be read around every code of up to 17 bits, and five around any';

create function block_value(codes bytea, bits integer, base integer, scale numeric, day integer)
returns numeric
language sql immutable parallel safe
return (base - 2 + nullif(nullif(block_code(codes, bits, day), 0), 1)) * scale;
comment on function block_value is
	'Value of a day of year, from 0, in the unit of the element; null if there is none; scale: 10^-decimals';

create view observation as
select
	b.station_id,
	d.first + i as date,
	b.element,
	block_value(d.codes, d.bits, b.base, d.scale, i) as value,
	e.unit,
	nullif(substr(d.measurement_flags, i + 1, 1), ' ') as measurement_flag,
	nullif(substr(d.quality_flags, i + 1, 1), ' ') as quality_flag,
	nullif(substr(d.source_flags, i + 1, 1), ' ') as source_flag,
	b.year
from block b
join element e on e.code = b.element
cross join lateral (
	select
		make_date(b.year, 1, 1) as first,
		b.values || '\x00000000' as codes,
		8 * length(b.values) / block_days(b.year) as bits,
		('1e-' || e.decimals)::numeric as scale,
		b.reported || '' as reported,
		b.measurement_flags || '' as measurement_flags,
		b.quality_flags || '' as quality_flags,
		b.source_flags || '' as source_flags
	offset 0) d
cross join lateral generate_series(0, block_days(b.year) - 1) i
where get_bit(d.reported, i) is distinct from 0;
comment on view observation is
	'A row for each day of an element at a station that a source reported; conditions on station_id, year and element are fast, one on date alone reads everything';
comment on column observation.value is 'in the unit of the element, with its decimals; null: reported as missing';
comment on column observation.measurement_flag is 'GHCN-Daily MFLAG';
comment on column observation.quality_flag is 'GHCN-Daily QFLAG: the value failed a check, statistics leave it out';
comment on column observation.source_flag is 'GHCN-Daily SFLAG';

create function observations(station_id text, elements text[] default null,
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
comment on function observations is
	'What the view observation has of one station, reading no more years than the dates need; null: no bound';

create function block_read(station_id text, year integer, element text)
returns table (codes bytea, bits integer, base integer, scale numeric, reported bytea)
language sql stable parallel safe rows 1
begin atomic
	select
		b.values || '\x00000000',
		8 * length(b.values) / block_days(b.year),
		b.base,
		('1e-' || e.decimals)::numeric,
		coalesce(b.reported, decode(repeat('ff', 46), 'hex'))
	from block b
	join element e on e.code = b.element
	where b.station_id = block_read.station_id
		and b.year = block_read.year
		and b.element = block_read.element
	offset 0;
end;
comment on function block_read is 'One block, ready for block_value() and get_bit(reported, day)';

create view day as
select
	k.station_id,
	make_date(k.year, 1, 1) + i as date,
	block_value(tmax.codes, tmax.bits, tmax.base, tmax.scale, i) as tmax,
	block_value(tmin.codes, tmin.bits, tmin.base, tmin.scale, i) as tmin,
	block_value(prcp.codes, prcp.bits, prcp.base, prcp.scale, i) as prcp,
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
comment on view day is
	'A row for each day of a station on which a source reported temperature or precipitation; values as in observation, whatever their quality flags; conditions on station_id and year are fast';

revoke execute on function block_days, block_code, block_value, block_read, observations
from public;
