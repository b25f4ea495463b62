package dev.espalier.protocol.node;

import java.nio.file.Path;

/**
 * What a coordinator is told.
 *
 * @param http its API, page, data plane and measures
 * @param data folder of the journal and of the runs
 */
public record CoordinatorConfig(NodeConfig node, HttpConfig http, Path data) {}
