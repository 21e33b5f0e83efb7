-- A server that answers from its memory without asking the database whether that still holds
-- keeps a lease: the advisory lock (1097624941, 1), shared. Whoever changes the dataset version
-- takes it exclusively until the end of the transaction, so that no server relies on its memory
-- when the change can be seen. Servers let go when they are told that somebody wants to write
-- (NOTIFY almanac, 'writing'), or see it by themselves within a second; one that cannot be
-- reached has no lease any more when the waiting ends.

create function dataset_lease() returns trigger
language plpgsql
set lock_timeout = '5s'
as $$
begin
	begin
		perform pg_advisory_xact_lock(1097624941, 1);
	exception when lock_not_available then
		null;
	end;
	return null;
end
$$;
comment on function dataset_lease is
	'Waits until no server answers from memory without asking, or until those that cannot be reached have stopped by themselves';
revoke all on function dataset_lease from public;

create trigger dataset_lease before update on dataset_version
for each statement execute function dataset_lease();
