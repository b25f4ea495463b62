package dev.espalier.protocol.node;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
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
        boolean valid = isHost(host) && port > 0 && port < 65_536;
        return valid ? Optional.of(new NodeAddress(host, port)) : Optional.empty();
    }

    /** Whether nodes can reach each other by it: their addresses are URIs, whose host names know no underscore. */
    public static boolean isHost(String text) {
        try {
            return text.equals(new URI("pekko://" + text).getHost());
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Whether only this machine reaches it; a name that means nothing yet is not taken for that. */
    boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
