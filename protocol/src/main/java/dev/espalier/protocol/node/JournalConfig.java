package dev.espalier.protocol.node;

import java.util.Optional;

/**
 * Where a coordinator keeps its events.
 *
 * @param url of a PostgreSQL database; empty: in the coordinator's own folder
 */
public record JournalConfig(Optional<String> url, String user, String password) {}
