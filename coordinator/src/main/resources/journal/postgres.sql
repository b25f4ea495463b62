-- The tables of pekko-persistence-jdbc for PostgreSQL, as far as they are used. The script that comes with the plugin
-- cannot be run twice; this can.
CREATE TABLE IF NOT EXISTS event_journal (
    ordering BIGSERIAL NOT NULL,
    persistence_id VARCHAR(255) NOT NULL,
    sequence_number BIGINT NOT NULL,
    deleted BOOLEAN DEFAULT FALSE NOT NULL,
    writer VARCHAR(255) NOT NULL,
    write_timestamp BIGINT NOT NULL,
    adapter_manifest VARCHAR(255) NOT NULL,
    event_payload BYTEA NOT NULL,
    event_ser_id INTEGER NOT NULL,
    event_ser_manifest VARCHAR(255) NOT NULL,
    meta_payload BYTEA,
    meta_ser_id INTEGER,
    meta_ser_manifest VARCHAR(255),
    PRIMARY KEY (persistence_id, sequence_number)
);

CREATE UNIQUE INDEX IF NOT EXISTS event_journal_ordering_idx ON event_journal (ordering);

CREATE TABLE IF NOT EXISTS event_tag (
    event_id BIGINT NOT NULL,
    tag VARCHAR(256) NOT NULL,
    PRIMARY KEY (event_id, tag),
    CONSTRAINT fk_event_journal FOREIGN KEY (event_id) REFERENCES event_journal (ordering) ON DELETE CASCADE
);

-- One row, written again and again to see whether the journal can be written.
CREATE TABLE IF NOT EXISTS espalier_probe (
    id INTEGER PRIMARY KEY,
    at TIMESTAMP WITH TIME ZONE NOT NULL
);

INSERT INTO espalier_probe (id, at) VALUES (1, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING;
