-- Schema 2: what takeovers, blocks, closing and sources need.

-- Milliseconds, written once a day at most; exact while somebody waits for the number.
ALTER TABLE account RENAME COLUMN seen_day TO seen;
UPDATE account SET seen = seen * 86400000;
-- secret_used: bit 1, the present secret was used; bit 2, some secret was.
UPDATE account SET secret_used = 3 WHERE secret_used <> 0;

ALTER TABLE binding ADD COLUMN claimable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE binding ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;  -- of a closed account: it means nobody

CREATE TABLE block(
  aid INTEGER NOT NULL REFERENCES account,
  against INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY(aid, against)
) STRICT, WITHOUT ROWID;

CREATE TABLE source(
  aid INTEGER NOT NULL REFERENCES account,
  path TEXT NOT NULL,
  kind INTEGER NOT NULL,
  PRIMARY KEY(aid, path)
) STRICT, WITHOUT ROWID;

-- The session whose proof waits for a number that somebody else holds.
CREATE TABLE claim(number INTEGER PRIMARY KEY, session TEXT NOT NULL) STRICT;

CREATE TABLE message_seen(id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX message_seen_at ON message_seen(at);
