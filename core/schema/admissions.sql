-- Statements that let the roles into schema and database. Where PUBLIC is let in,
-- as is usual, there are none.
select format('grant %s on %s %I to %s', privilege, kind, case kind
	when 'schema' then current_schema()
	else current_database()
end, role)
from (values
	('schema', 'usage', 'almanac_writer'),
	('schema', 'usage', 'almanac_reader'),
	('database', 'connect', 'almanac_writer'),
	('database', 'connect', 'almanac_reader'),
	-- ingestion sorts its rows out in temporary tables
	('database', 'temporary', 'almanac_writer')) wanted (kind, privilege, role)
where not case kind
	when 'schema' then has_schema_privilege(role, current_schema(), privilege)
	else has_database_privilege(role, current_database(), privilege)
end
