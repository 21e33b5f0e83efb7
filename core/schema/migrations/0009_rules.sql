-- Which completeness rules judge a column; and which periods there are says the program, in one place.
alter table calculator_column add column rules text[];
comment on column calculator_column.rules is
	'Completeness rules that judge the column; null: all that there were before this column';
alter table calculator drop constraint calculator_period_check;
