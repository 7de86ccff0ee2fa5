CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_name STRING, account_type STRING, sourceid TEXT,
  deleted INTEGER NOT NULL DEFAULT 0, contact_id INTEGER, starred INTEGER NOT NULL DEFAULT 0, display_name TEXT);
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype TEXT NOT NULL);
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype_id INTEGER NOT NULL, raw_contact_id INTEGER NOT NULL,
  is_primary INTEGER NOT NULL DEFAULT 0, is_super_primary INTEGER NOT NULL DEFAULT 0, data1 TEXT, data2 TEXT, data3 TEXT, data4 TEXT,
  data5 TEXT, data6 TEXT, data7 TEXT, data8 TEXT, data9 TEXT, data10 TEXT, data11 TEXT, data12 TEXT, data13 TEXT, data14 TEXT,
  data15 TEXT);
INSERT INTO mimetypes VALUES (1, 'vnd.android.cursor.item/name'), (2, 'vnd.android.cursor.item/phone_v2'),
  (3, 'vnd.android.cursor.item/email_v2'), (4, 'vnd.android.cursor.item/group_membership'), (5, 'vnd.android.cursor.item/note');
INSERT INTO groups VALUES (1, 'System Group: My Contacts', 0), (2, 'Sailing', 0), (3, 'Gone', 1);
INSERT INTO raw_contacts VALUES (1, 'me@example.org', 'com.google', NULL, 0, 1, 1, 'Ann Example'),
  (2, NULL, NULL, NULL, 1, NULL, 0, 'Deleted'), (3, NULL, NULL, NULL, 0, 2, 0, '10086');
INSERT INTO data (mimetype_id, raw_contact_id, data1, data2, data3) VALUES (1, 1, 'Ann Example', 'Ann', 'Example'),
  (2, 1, '+49 30 1234567', 1, NULL), (2, 1, '0170 7654321', 2, NULL), (2, 1, '555', 0, 'Boat'),
  (3, 1, 'ann@example.org', 2, NULL), (4, 1, '2', NULL, NULL), (4, 1, '3', NULL, NULL), (5, 1, 'Two' || char(10) || 'lines', NULL, NULL),
  (1, 2, 'Deleted', 'Deleted', NULL), (2, 2, '+4930999', 2, NULL), (2, 3, '10086', 2, NULL);
