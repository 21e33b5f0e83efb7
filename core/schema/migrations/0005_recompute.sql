-- Computing all rows of a calculator anew may take longer than a run has: the next one goes on where
-- it has ended.
alter table calculator add column computing_definition text, add column computed_until text collate "C";
comment on column calculator.computing_definition is 'while computed_definition is empty: the definition that rows are computed with';
comment on column calculator.computed_until is 'while computed_definition is empty: the last station whose rows are computed';
