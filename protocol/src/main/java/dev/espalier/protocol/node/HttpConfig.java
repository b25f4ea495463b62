package dev.espalier.protocol.node;

import java.util.Optional;

/**
 * Where a node answers over HTTP.
 *
 * @param host the interface's name or address
 * @param port 0: any that is free
 * @param token what requests that change something must bear; empty: none
 */
public record HttpConfig(String host, int port, Optional<String> token) {}
