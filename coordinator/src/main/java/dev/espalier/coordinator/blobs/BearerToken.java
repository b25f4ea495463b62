package dev.espalier.coordinator.blobs;

import dev.espalier.protocol.UserError;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/** The secret that a request must carry as {@code Authorization: Bearer TOKEN}. */
public final class BearerToken {
    private static final int MIN_LENGTH = 16;
    private static final String SCHEME = "Bearer ";

    private final byte[] digest;

    private BearerToken(byte[] digest) {
        this.digest = digest;
    }

    /** @throws UserError if the token is too short to be a secret, or cannot stand in a header */
    public static BearerToken of(String token) {
        if (!token.matches("[!-~]{" + MIN_LENGTH + ",4096}")) {
            throw new UserError("the bearer token must be at least " + MIN_LENGTH
                    + " printable ASCII characters without spaces: make one with `openssl rand -hex 32`");
        }
        return new BearerToken(digest(token));
    }

    /**
     * The token that requests to an address must carry; on loopback none is needed.
     *
     * @throws UserError if the address can be reached from other machines and no token is configured
     */
    public static Optional<BearerToken> forAddress(InetAddress bound, Optional<String> configured) {
        if (configured.isEmpty() && !bound.isLoopbackAddress()) {
            throw new UserError("an HTTP port on " + bound.getHostAddress()
                    + " can be reached from other machines: configure a bearer token, or bind to 127.0.0.1");
        }
        return configured.map(BearerToken::of);
    }

    /**
     * Compares in a time that does not depend on how much of the token is right.
     *
     * @param authorization value of the header, as it came
     */
    public boolean admits(Optional<String> authorization) {
        return authorization
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> MessageDigest.isEqual(digest, digest(value.substring(SCHEME.length()))))
                .orElse(false);
    }

    /** Equal lengths, so that not even the length shows. */
    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
