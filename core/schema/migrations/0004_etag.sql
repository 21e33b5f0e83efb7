-- What a server or bucket says an object is: as long as it is the same, the object need not be
-- fetched to know that it has not changed.
alter table ingest_object add column etag text;
comment on column ingest_object.etag is 'entity tag of an object from S3 or a web server; null: none, or it was a file';
