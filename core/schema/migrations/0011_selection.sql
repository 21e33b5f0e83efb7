-- Of which stations, elements and days an object was read: a run that selects others reads it again.
alter table ingest_object add column selection text;
comment on column ingest_object.selection is 'what was selected when it was read; null: everything';
