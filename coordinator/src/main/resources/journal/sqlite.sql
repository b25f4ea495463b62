-- The tables of pekko-persistence-jdbc for SQLite, as far as they are used; can be run again and again.
PRAGMA application_id = 1163087948; -- "ESPL"

CREATE TABLE IF NOT EXISTS event_journal (
    -- Exactly so it is the row's own number, which the driver gives as the generated key.
    ordering INTEGER PRIMARY KEY AUTOINCREMENT,
    persistence_id TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    deleted INTEGER DEFAULT 0 NOT NULL,
    writer TEXT NOT NULL,
    write_timestamp INTEGER NOT NULL,
    adapter_manifest TEXT NOT NULL,
    event_payload BLOB NOT NULL,
    event_ser_id INTEGER NOT NULL,
    event_ser_manifest TEXT NOT NULL,
    meta_payload BLOB,
    meta_ser_id INTEGER,
    meta_ser_manifest TEXT,
    -- SQLite finds out when its own structures are damaged, but not when what they hold is.
    checksum INTEGER,
    UNIQUE (persistence_id, sequence_number)
);

CREATE TRIGGER IF NOT EXISTS event_journal_checksum AFTER INSERT ON event_journal BEGIN
    UPDATE event_journal SET checksum = event_checksum(
        persistence_id, sequence_number, writer, write_timestamp, adapter_manifest, event_payload, event_ser_id,
        event_ser_manifest) WHERE ordering = NEW.ordering;
END;

CREATE TABLE IF NOT EXISTS event_tag (
    event_id INTEGER NOT NULL REFERENCES event_journal (ordering) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (event_id, tag)
);

-- One row, written again and again to see whether the journal can be written.
CREATE TABLE IF NOT EXISTS espalier_probe (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL
);

INSERT OR IGNORE INTO espalier_probe (id, at) VALUES (1, CURRENT_TIMESTAMP);
