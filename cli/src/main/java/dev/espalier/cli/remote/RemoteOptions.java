package dev.espalier.cli.remote;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.Tls;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which coordinator, and how to be let in. */
final class RemoteOptions {
    private static final String TOKEN = "ESPALIER_TOKEN";
    private static final int MOST_PORT = 65_535;
    private static final String CA = "ESPALIER_TLS_CA";

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:7700",
            description = "The coordinator's address (${DEFAULT-VALUE}).")
    private String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "The coordinator's token. Default: ESPALIER_TOKEN in the environment, which others cannot see"
                    + " in the list of processes.")
    private String token;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificate (PEM) of the authority that signed the coordinator's, if its address is https."
                    + " Default: ESPALIER_TLS_CA in the environment, or the authorities that Java knows.")
    private Path ca;

    /** @throws UserError if the address is none, or the certificate cannot be used */
    Coordinator coordinator() {
        return new Coordinator(
                address(),
                Optional.ofNullable(token == null ? System.getenv(TOKEN) : token)
                        .map(String::strip)
                        .filter(given -> !given.isEmpty())
                        .map(RemoteOptions::sendable),
                authority().map(Tls::client));
    }

    /** What it is instead is not told: it is a secret all the same. */
    private static String sendable(String token) {
        if (!token.chars().allMatch(letter -> letter > ' ' && letter <= '~')) {
            throw new UserError("the token (--token, or " + TOKEN
                    + ") has a blank or a letter that no coordinator's has: is it one line, and the right file's?");
        }
        return token;
    }

    private Optional<Path> authority() {
        return Optional.ofNullable(ca).or(() -> Optional.ofNullable(System.getenv(CA))
                .filter(given -> !given.isBlank())
                .map(Path::of));
    }

    private URI address() {
        try {
            URI address = new URI(url);
            boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            boolean bare = address.getPath() == null || address.getPath().matches("/?");
            boolean there = address.getPort() != 0 && address.getPort() <= MOST_PORT;
            if (web && there && address.getHost() != null && bare && address.getQuery() == null) {
                return new URI(address.getScheme(), null, address.getHost(), address.getPort(), null, null, null);
            }
            throw new UserError("--url " + url + ": must be such as http://127.0.0.1:7700");
        } catch (URISyntaxException e) {
            throw new UserError("--url " + url + " is no address: " + e.getReason(), e);
        }
    }
}
