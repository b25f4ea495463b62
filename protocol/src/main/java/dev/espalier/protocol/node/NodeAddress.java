package dev.espalier.protocol.node;

import java.util.Optional;

/**
 * Where a node listens.
 *
 * @param host name or address
 * @param port 1 to 65535; 0 for any that is free, where one is chosen
 */
public record NodeAddress(String host, int port) {
    /** From {@code HOST:PORT}; empty if it is not that. */
    public static Optional<NodeAddress> parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            return Optional.empty();
        }
        String host = text.substring(0, colon);
        int port = Integer.parseInt(text.substring(colon + 1));
        boolean valid = host.matches("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]") && port > 0 && port < 65_536;
        return valid ? Optional.of(new NodeAddress(host, port)) : Optional.empty();
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
