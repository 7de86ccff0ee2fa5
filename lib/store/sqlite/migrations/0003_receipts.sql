-- Schema 3: a receipt of more than 64 KiB is kept in parts, and batch.receipt is empty.
CREATE TABLE receipt_part(
  seq INTEGER NOT NULL REFERENCES batch,
  n INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(seq, n)
) STRICT;
