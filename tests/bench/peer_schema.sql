-- The tables of the Python peers: one row per station and day, one per station
-- and year. Kind to the peers: a four-byte station key and smallints keep rows
-- small, and there is no foreign key for the ingestion to pay for.

CREATE TABLE station (
	id   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	code text NOT NULL UNIQUE
);

-- Tenths of a degree Celsius and of a millimetre, as the files have them.
CREATE TABLE weather (
	station_id integer NOT NULL,
	date       date NOT NULL,
	tmax       smallint,
	tmin       smallint,
	prcp       smallint,
	PRIMARY KEY (station_id, date)
);

-- Degrees Celsius and centimetres.
CREATE TABLE weather_stats (
	station_id integer NOT NULL,
	year       integer NOT NULL,
	avg_tmax   double precision,
	avg_tmin   double precision,
	total_prcp double precision,
	PRIMARY KEY (station_id, year)
);
