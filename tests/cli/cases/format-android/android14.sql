CREATE TABLE accounts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_name TEXT, account_type TEXT);
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER, sourceid TEXT, backup_id TEXT,
  deleted INTEGER NOT NULL DEFAULT 0, contact_id INTEGER, x_times_contacted INTEGER, starred INTEGER NOT NULL DEFAULT 0,
  pinned INTEGER NOT NULL DEFAULT 0, display_name TEXT, display_name_alt TEXT, phonebook_label TEXT);
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype TEXT NOT NULL);
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER, title TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype_id INTEGER NOT NULL, raw_contact_id INTEGER NOT NULL, hash_id TEXT,
  is_primary INTEGER NOT NULL DEFAULT 0, is_super_primary INTEGER NOT NULL DEFAULT 0, data1 TEXT, data2 TEXT, data3 TEXT, data4 TEXT,
  data5 TEXT, data6 TEXT, data7 TEXT, data8 TEXT, data9 TEXT, data10 TEXT, data11 TEXT, data12 TEXT, data13 TEXT, data14 TEXT,
  data15 TEXT, carrier_presence INTEGER NOT NULL DEFAULT 0);
INSERT INTO accounts VALUES (1, 'me@example.org', 'com.google');
INSERT INTO mimetypes VALUES (1, 'vnd.android.cursor.item/email_v2'), (2, 'vnd.android.cursor.item/im'),
  (3, 'vnd.android.cursor.item/nickname'), (4, 'vnd.android.cursor.item/organization'), (5, 'vnd.android.cursor.item/phone_v2'),
  (6, 'vnd.android.cursor.item/sip_address'), (7, 'vnd.android.cursor.item/name'), (8, 'vnd.android.cursor.item/postal-address_v2'),
  (9, 'vnd.android.cursor.item/identity'), (10, 'vnd.android.cursor.item/photo'), (11, 'vnd.android.cursor.item/website'),
  (12, 'vnd.android.cursor.item/contact_event'), (13, 'vnd.android.cursor.item/relation'),
  (14, 'vnd.com.example.messenger.profile');
INSERT INTO raw_contacts (_id, account_id, sourceid, display_name) VALUES (7, 1, '3f2a', '李小龙');
INSERT INTO data (mimetype_id, raw_contact_id, data1, data2, data3, data4, data5, data6, data7, data8, data9, data10) VALUES
  (7, 7, '李小龙', '小龙', '李', '先生', NULL, NULL, 'xiao long', NULL, 'li', 2),
  (3, 7, '龙', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 7, '武馆', 1, NULL, '馆长', '教学', NULL, NULL, NULL, NULL, NULL),
  (8, 7, '人民路1号' || char(10) || '广州 510000', 1, NULL, '人民路1号', NULL, NULL, '广州', '广东', '510000', '中国'),
  (12, 7, '--04-12', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (12, 7, '2015-10-01', 0, 'First fight', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (13, 7, 'Linda', 14, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, 7, 'xiaolong', 1, NULL, NULL, 4, NULL, NULL, NULL, NULL, NULL),
  (6, 7, 'xiaolong@sip.example.cn', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (11, 7, 'https://example.cn', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (1, 7, 'xiaolong@example.cn', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (14, 7, '+86 138 0013 8000', 'Message', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO data (mimetype_id, raw_contact_id, is_primary, is_super_primary, data1, data2, data4) VALUES
  (5, 7, 1, 1, '138 0013 8000', 2, '+8613800138000');
INSERT INTO data (mimetype_id, raw_contact_id, data15) VALUES (10, 7, x'ffd8ffe000104a46494600010100000100010000ffd9');
