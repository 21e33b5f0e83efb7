/* The form of results that answer several fetches. */
#ifndef ALMANAC_FETCH_BATCH_COLUMNS_H
#define ALMANAC_FETCH_BATCH_COLUMNS_H

/* Columns that all statements begin with. Values are dear, so there are few: the
 * identity of the data is in the rows of the first key alone, and what tells rows apart shares
 * a number, which is null in the row that stands for a key without any. */
enum {
	BATCH_IDENTITY,
	BATCH_HEAD,  /* number of the key, from 1, and a detail of the row */
	BATCH_FIRST, /* the statement's own columns */
	BATCH_DETAIL_BITS = 20
};
#define BATCH_SELECT_IDENTITY \
	"case when k.n = 1 then (select identity from dataset_version) end"

#endif
