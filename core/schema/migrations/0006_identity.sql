-- Identity of the stored data: a number that a failover, a restore or a database made anew can
-- repeat does not tell two data sets apart. Every change of the version also draws random bits,
-- whatever statement makes it: version and bits are one UUID, which no other history has.

drop trigger dataset_lease on dataset_version;
drop function dataset_lease();

alter table dataset_version add column identity uuid;
comment on column dataset_version.identity is 'version in the first 8 bytes, random bits in the last 8: equal only if the data are';

create table dataset_history (
	version bigint primary key,
	identity uuid not null
);
comment on table dataset_history is 'Identities of the last 1000 versions, of which the stored data are the continuation';

create function dataset_identify() returns trigger
language plpgsql
as $$
begin
	new.identity := (lpad(to_hex(new.version), 16, '0')
		|| left(replace(gen_random_uuid()::text, '-', ''), 16))::uuid;
	delete from dataset_history
	where version >= new.version or version <= new.version - 1000;
	insert into dataset_history (version, identity) values (new.version, new.identity);
	return new;
end
$$;
comment on function dataset_identify is 'Gives every version of the data an identity of its own, and keeps it in dataset_history';
revoke all on function dataset_identify from public;

create trigger dataset_identify before insert or update on dataset_version
for each row execute function dataset_identify();

update dataset_version set version = version;
alter table dataset_version alter column identity set not null;
