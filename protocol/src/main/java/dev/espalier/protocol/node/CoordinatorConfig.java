package dev.espalier.protocol.node;

import java.nio.file.Path;

/**
 * What a coordinator is told.
 *
 * @param http its API, page, data plane and measures
 * @param data folder of the runs, and of a journal that is in no database
 */
public record CoordinatorConfig(NodeConfig node, HttpConfig http, JournalConfig journal, Path data) {}
