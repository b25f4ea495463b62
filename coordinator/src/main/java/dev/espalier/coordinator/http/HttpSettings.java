package dev.espalier.coordinator.http;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.HttpConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where the server listens and whom it obeys.
 *
 * @param host the interface's name or address
 * @param port 0: any free one
 * @param token what commands must bear; empty: they need none
 * @param loopback whether only this machine reaches the interface
 * @param tls what it shows to clients; empty: it speaks in the clear
 */
public record HttpSettings(String host, int port, Optional<String> token, boolean loopback, Optional<SSLContext> tls) {
    private static final int SHORTEST_TOKEN = 16;
    private static final String KEYS = "http";

    /** @throws UserError if the server would listen beyond this machine without a token, or the token is no secret */
    public static HttpSettings from(HttpConfig config) {
        return of(config.host(), config.port(), config.token());
    }

    /** For this machine only, without a token. */
    public static HttpSettings local(int port) {
        return of("127.0.0.1", port, Optional.empty());
    }

    public HttpSettings with(Optional<SSLContext> tls) {
        return new HttpSettings(host, port, token, loopback, tls);
    }

    /** The beginning of its addresses. */
    public String scheme() {
        return tls.isPresent() ? "https://" : "http://";
    }

    private static HttpSettings of(String host, int port, Optional<String> token) {
        boolean loopback = isLoopback(host);
        if (!loopback && token.isEmpty()) {
            throw new UserError(KEYS + ".host = " + host + " is reached from other machines, and there is no token:"
                    + " set ESPALIER_TOKEN to a secret of " + SHORTEST_TOKEN
                    + " characters or more, or listen on 127.0.0.1");
        }
        if (token.isPresent() && !token.get().matches("[\\x21-\\x7e]{" + SHORTEST_TOKEN + ",512}")) {
            throw new UserError(KEYS + ".token: must be " + SHORTEST_TOKEN
                    + " to 512 visible ASCII characters without spaces, such as openssl rand -hex 32 prints");
        }
        return new HttpSettings(host, port, token, loopback, Optional.empty());
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new UserError(KEYS + ".host = " + host + ": there is no such host", e);
        }
    }
}
