-- New words wait in a short list that goes into the index in bulk: a document of twenty words touches it twenty times
-- otherwise. A search reads that list too, so it stays within 32 pages.

ALTER INDEX task.search_documents_by_words SET (fastupdate = on, gin_pending_list_limit = 256);
